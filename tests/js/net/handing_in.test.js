// Handing in: lines, parts, the outbox and the uploader.
import assert from "node:assert/strict";
import { test } from "node:test";
import { AbsenceLimit } from "../../../templates/game/net/absence_limit.js";
import { median, ping, pong, readCheck } from "../../../templates/game/net/checks.js";
import { Chunks, MAX_CHARS } from "../../../templates/game/net/chunks.js";
import { MemoryOutbox } from "../../../templates/game/net/outbox.js";
import { frameLine, rowLine } from "../../../templates/game/net/row_lines.js";
import { Uploader } from "../../../templates/game/net/uploader.js";

/** @type {any} */
const ROW = {
  episode: 1,
  t: 4,
  actions: new Map(
    /** @type {[number, unknown][]} */ ([
      [1, 2],
      [0, [0.5, -0]],
    ]),
  ),
  rewards: new Map([
    [0, 0.1],
    [1, NaN],
  ]),
  terminateds: new Map([
    [0, false],
    [1, true],
  ]),
  truncateds: new Map([[0, false]]),
  infos: new Map([[0, { deep: { a: [1] } }]]),
  isFocused: new Map([[1, true]]),
  stateHash: "ab",
};

test("a row's line has the documented keys in the documented order", () => {
  const expected =
    '{"episode":1,"t":4,"actions.0":[0.5,{"$float":"-0.0"}],"actions.1":2,"rewards.0":0.1,"rewards.1":{"$float":"nan"},' +
    '"terminateds.0":false,"terminateds.1":true,"truncateds.0":false,"infos.0.deep":{"a":[1]},"isFocused.1":true,"stateHash":"ab"}';
  assert.equal(rowLine(ROW, [0, 1]), expected);
  assert.equal(frameLine(ROW, [0, 1]), '{"type":"frame","t":4,"actions":{"0":[0.5,{"$float":"-0.0"}],"1":2},"stateHash":"ab"}');
});

test("parts are numbered from 0 for each episode and kind, and none is too large", () => {
  const chunks = new Chunks();
  const long = "x".repeat(MAX_CHARS - 1);
  const cut = chunks.cut(0, "rows", ["a", "b", long, "c"]);
  assert.deepEqual(
    cut.map(({ index, content }) => [index, content]),
    [
      [0, "a\nb\n"],
      [1, `${long}\n`],
      [2, "c\n"],
    ],
  );
  assert.equal(chunks.cut(0, "rows", ["d"])[0].index, 3);
  assert.equal(chunks.cut(0, "meta", ["m"])[0].index, 0);
  assert.equal(chunks.cut(1, "rows", ["e"])[0].index, 0);
  assert.deepEqual(chunks.cut(1, "rows", []), []);
});

const OWNER = { id: "me", server: "https://lab.example", start: { experiment: "e", participant: "p", site: "s" } };

/** @param {number} count */
const parts = (count) => Array.from({ length: count }, (_, index) => ({ episode: 0, kind: /** @type {const} */ ("rows"), index, content: `${index}\n` }));

/**
 * A server that answers in turn, and then always well.
 *
 * @param {(number | "lost")[]} script
 */
function server(script) {
  /** @type {{url: string, message: any}[]} */
  const asked = [];
  /** @type {Set<number>} */
  const disk = new Set();
  const answer = async (/** @type {any} */ url, /** @type {any} */ { body }) => {
    const message = JSON.parse(body);
    asked.push({ url, message });
    const status = script.shift() ?? 200;
    if (status === "lost") throw new TypeError("network");
    if (status !== 200) return new Response(JSON.stringify({ ok: false, code: `c${status}` }), { status });
    if (url.endsWith("/start")) return Response.json({ ok: true, token: "given" });
    for (const { index } of message.chunks) disk.add(index);
    return Response.json({ ok: true, stored: message.chunks.map(() => ({ status: "stored" })) });
  };
  return { asked, disk, fetch: /** @type {typeof fetch} */ (answer) };
}

test("what waits is sent until it is acknowledged, and then is gone", async () => {
  const outbox = new MemoryOutbox();
  await outbox.own({ ...OWNER, token: "seat" });
  await outbox.put("me", parts(10));
  const { disk, fetch } = server(["lost", 503, 200, "lost"]);
  /** @type {number[]} */
  const waits = [];
  const uploader = new Uploader(outbox, { fetch, wait: async (ms) => void waits.push(ms) });
  /** @type {number[]} */
  const left = [];
  uploader.onProgress = (count) => void left.push(count);
  await uploader.kick();
  assert.deepEqual([...disk], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  assert.equal(await outbox.count(), 0);
  assert.equal(left.at(-1), 0);
  assert.deepEqual(waits, [1000, 2000, 5000]);
});

test("a lone player asks for a token first, once", async () => {
  const outbox = new MemoryOutbox();
  await outbox.own({ ...OWNER, token: null });
  await outbox.put("me", parts(5));
  const { asked, fetch } = server([]);
  await new Uploader(outbox, { fetch }).kick();
  assert.deepEqual(
    asked.map(({ url }) => url),
    ["https://lab.example/data/v1/start", "https://lab.example/data/v1/chunks", "https://lab.example/data/v1/chunks"],
  );
  assert.equal(asked[1].message.token, "given");
});

test("what is refused stays, is told, and does not hold up what belongs to others", async () => {
  const outbox = new MemoryOutbox();
  await outbox.own({ ...OWNER, token: "old" });
  await outbox.own({ ...OWNER, id: "you", token: "new" });
  await outbox.put("me", parts(1));
  await outbox.put("you", parts(2));
  const { fetch } = server([401]);
  const uploader = new Uploader(outbox, { fetch });
  /** @type {any[]} */
  const told = [];
  uploader.onProgress = (...facts) => void told.push(facts);
  await uploader.kick();
  assert.deepEqual(told.at(-1), [1, "c401"]);
  assert.equal((await outbox.first("me", 9)).length, 1);
  assert.equal((await outbox.first("you", 9)).length, 0);
});

test("a ping comes back as a pong with its time; other packets are none", () => {
  assert.deepEqual(readCheck(pong(ping(12.5))), { type: "pong", time: 12.5 });
  assert.deepEqual(readCheck(ping(1)), { type: "ping" });
  assert.equal(readCheck(new Uint8Array([0xb7, 1, 1])), null);
  assert.equal(readCheck(new Uint8Array(10)), null);
});

test("the median of none is unknown", () => {
  assert.equal(median([]), null);
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([4, 1]), 2.5);
});

test("an absence counts from its beginning, ends with a look, and is told once", () => {
  let now = 0;
  let hidden = false;
  let over = 0;
  const limit = new AbsenceLimit({ limit: 100, hidden: () => hidden, now: () => now, onOver: () => over++ });
  const at = (/** @type {number} */ time, /** @type {boolean} */ away) => {
    now = time;
    hidden = away;
    limit.look();
    return over;
  };
  assert.equal(at(0, true), 0);
  assert.equal(at(100, true), 0);
  assert.equal(at(100, false), 0);
  assert.equal(at(150, true), 0);
  assert.equal(at(251, true), 1);
  assert.equal(at(900, true), 1);
  limit.stop();
});
