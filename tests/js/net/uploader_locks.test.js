// One tab at a time hands in what all see, as far as the browser has locks.
import assert from "node:assert/strict";
import { test } from "node:test";
import { aloneBy } from "../../../templates/game/net/uploader.js";

/** @param {any} request */
const locks = (request) => /** @type {LockManager} */ ({ request });

/** @param {LockManager | undefined} manager @returns {Promise<number>} how often it acted */
async function acts(manager) {
  let times = 0;
  await aloneBy(manager)("me", async () => void times++);
  return times;
}

test("with a lock it acts once, without it not at all", async () => {
  assert.equal(await acts(locks((/** @type {string} */ name, /** @type {object} */ _options, /** @type {any} */ turn) => turn({ name }))), 1);
  assert.equal(await acts(locks((/** @type {string} */ _name, /** @type {object} */ _options, /** @type {any} */ turn) => turn(null))), 0);
});

test("a page without locks, or whose browser refuses them, acts all the same", async () => {
  assert.equal(await acts(undefined), 1);
  assert.equal(await acts(locks(() => Promise.reject(new DOMException("denied", "SecurityError")))), 1);
  assert.equal(
    await acts(
      locks(() => {
        throw new DOMException("denied", "InvalidStateError");
      }),
    ),
    1,
  );
});

test("what fails under a lock is not done twice", async () => {
  let times = 0;
  const failing = aloneBy(locks((/** @type {string} */ name, /** @type {object} */ _options, /** @type {any} */ turn) => turn({ name })));
  const act = async () => {
    times++;
    throw new Error("lost");
  };
  await assert.rejects(failing("me", act), /lost/);
  assert.equal(times, 1);
});
