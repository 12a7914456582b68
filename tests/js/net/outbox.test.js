// What waits, where browsers keep it and where they do not.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Outbox } from "../../../templates/game/net/outbox.js";
import { PartStore } from "../../../templates/game/net/part_store.js";
import { Uploader } from "../../../templates/game/net/uploader.js";
import { FakeStore } from "./fake_store.js";

const settle = () => new Promise((resolve) => setImmediate(resolve));

/** @type {import("../../../templates/game/net/outbox.js").Owner} */
const OWNER = { id: "me", server: "https://lab.example", token: "seat", start: { experiment: "e", participant: "p", site: "s" } };

/** @param {number} index @returns {import("../../../templates/game/net/chunks.js").Chunk} */
const part = (index) => ({ episode: 0, kind: "rows", index, content: `${index}\n` });

/** A page with a server that takes all. */
function page() {
  const store = new FakeStore();
  const outbox = new Outbox({ ...OWNER }, store);
  /** @type {unknown[]} */
  const failures = [];
  outbox.onFailure = (error) => failures.push(error);
  /** @type {number[]} */
  const arrived = [];
  const fetch = async (/** @type {any} */ _url, /** @type {any} */ { body }) => {
    const { chunks } = JSON.parse(body);
    arrived.push(...chunks.map((/** @type {{index: number}} */ { index }) => index));
    return Response.json({ ok: true, stored: chunks });
  };
  const uploader = new Uploader(outbox, { fetch: /** @type {typeof globalThis.fetch} */ (fetch) });
  return { store, outbox, failures, arrived, uploader };
}

test("the browser keeps a page's parts until they are taken", async () => {
  const { store, outbox, uploader, arrived } = page();
  outbox.put([part(0), part(1)]);
  await settle();
  assert.deepEqual([...store.parts.values()].map(({ chunk }) => chunk), [part(0), part(1)]);
  assert.equal(store.kept.get("me")?.token, "seat");
  await uploader.kick();
  await settle();
  assert.deepEqual([arrived, store.parts.size, outbox.waiting], [[0, 1], 0, []]);
});

test("what the browser refuses in mid-session is handed in all the same, and what it kept before too", async () => {
  const { store, outbox, uploader, arrived, failures } = page();
  outbox.put([part(0)]);
  await settle();
  store.refuses = new DOMException("full", "QuotaExceededError");
  outbox.put([part(1)]);
  outbox.put([part(2)]);
  await settle();
  assert.deepEqual(outbox.waiting.map(({ index }) => index), [1, 2, 0], "the last words begin with what nobody else holds");
  await uploader.kick();
  await settle();
  assert.deepEqual([arrived, outbox.waiting], [[0, 1, 2], []]);
  assert.deepEqual(failures, [store.refuses], "told once");
  store.refuses = null;
  outbox.put([part(3)]);
  await settle();
  assert.deepEqual([...store.parts.values()].map(({ chunk }) => chunk.index), [0, 3], "what it did not let go of goes with the next page");
});

test("a browser whose storage hangs holds up nothing of this page", async () => {
  const { store, outbox, uploader, arrived } = page();
  store.keep = () => new Promise(() => {});
  store.owners = () => new Promise(() => {});
  outbox.put([part(0)]);
  void uploader.kick();
  await settle();
  assert.deepEqual(arrived, [0]);
});

test("owners go with their last part, and those that cannot be helped cost nothing", async () => {
  const { store, outbox, uploader, arrived } = page();
  for (let index = 0; index < 300; index++) store.kept.set(`p${index}`, { ...OWNER, id: `p${index}` });
  await store.keep({ ...OWNER, id: "yesterday" }, [part(7)]);
  await store.keep({ ...OWNER, id: "refused", refused: "bad_token" }, [part(8)]);
  await uploader.kick();
  assert.deepEqual([arrived, [...store.kept.keys()]], [[7], ["refused"]]);
  store.asked = [];
  outbox.put([part(0)]);
  await uploader.kick();
  await settle();
  assert.deepEqual([arrived, [...store.kept.keys()]], [[7, 0], ["refused"]]);
  assert.deepEqual(store.asked.toSorted(), ["keep", "owners", "remove"]);
  outbox.put([part(1)]);
  await settle();
  assert.ok(store.kept.has("me"), "the next part brings its owner back");
});

/** @param {any} result @returns {any} a database whose requests give that */
const database = (result) => ({
  closed: 0,
  close() {
    this.closed++;
  },
  transaction: () => ({
    objectStore: () => ({
      getAll: () => {
        const request = { result, onsuccess: () => {} };
        setImmediate(() => request.onsuccess());
        return request;
      },
    }),
  }),
});

test("a connection that the browser lost is made anew; one that stays away is told", async () => {
  const lost = { ...database([]), transaction: () => assert.fail("lost") };
  const opened = [lost, database([OWNER]), lost, lost];
  let count = 0;
  const store = new PartStore(async () => opened[count++]);
  assert.deepEqual(await store.owners(), [OWNER]);
  assert.deepEqual(await store.owners(), [OWNER]);
  assert.deepEqual([count, lost.closed], [2, 1]);
  opened[1].transaction = lost.transaction;
  await assert.rejects(store.owners(), /lost/);
  await assert.rejects(new PartStore(() => Promise.reject(new DOMException("denied", "SecurityError"))).owners(), /denied/);
});
