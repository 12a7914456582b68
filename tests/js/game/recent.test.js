import assert from "node:assert/strict";
import test from "node:test";
import { Recent } from "../../../templates/game/render/recent.js";

/** @param {number} room */
function make(room) {
  /** @type {string[]} */
  const made = [];
  /** @type {string[]} */
  const released = [];
  const recent = new Recent(room, (/** @type {string} */ thing, key) => released.push(`${key}=${thing}`));
  /** @param {string} key */
  const use = (key) =>
    recent.use(key, () => {
      made.push(key);
      return key.toUpperCase();
    });
  return { recent, use, made, released };
}

test("a thing is made once while it is kept", () => {
  const { use, made } = make(2);
  assert.deepEqual(["a", "a", "b", "a"].map(use), ["A", "A", "B", "A"]);
  assert.deepEqual(made, ["a", "b"]);
});

test("what was used longest ago is let go of, and made anew when it is wanted again", () => {
  const { recent, use, made, released } = make(2);
  ["a", "b", "a", "c"].forEach(use);
  recent.trim(new Set());
  assert.deepEqual(released, ["b=B"]);
  use("b");
  assert.deepEqual(made, ["a", "b", "c", "b"]);
});

test("what is needed stays, even beyond the room", () => {
  const { recent, use, released } = make(1);
  ["a", "b", "c"].forEach(use);
  recent.trim(new Set(["a", "b"]));
  assert.deepEqual(released, ["c=C"]);
  recent.trim(new Set(["b"]));
  assert.deepEqual(released, ["c=C", "a=A"]);
});

test("a colour that changes with each picture never keeps more than there is room for", () => {
  const { recent, use, made, released } = make(16);
  for (let picture = 0; picture < 1000; picture++) {
    use(`tint ${picture}`);
    recent.trim(new Set([`tint ${picture}`]));
  }
  assert.equal(made.length - released.length, 16);
});
