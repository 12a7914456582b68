// Handing in: lines, parts, the outbox and the uploader.
import assert from "node:assert/strict";
import { test } from "node:test";
import { AbsenceLimit } from "../../../templates/game/net/absence_limit.js";
import { median, ping, pong, readCheck } from "../../../templates/game/net/checks.js";
import { Chunks, MAX_CHARS } from "../../../templates/game/net/chunks.js";
import { Handing } from "../../../templates/game/net/handing.js";
import { Outbox } from "../../../templates/game/net/outbox.js";
import { frameLine, rowLine } from "../../../templates/game/net/row_lines.js";
import { Uploader } from "../../../templates/game/net/uploader.js";
import { FakeStore } from "./fake_store.js";

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

/** Lets everything that is promised happen. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

/** @param {number} count */
const parts = (count) => Array.from({ length: count }, (_, index) => ({ episode: 0, kind: /** @type {const} */ ("rows"), index, content: `${index}\n` }));

/**
 * A server that answers in turn, and then always well.
 *
 * @param {(number | "lost" | Response)[]} script
 */
function server(script) {
  /** @type {{url: string, body: string}[]} */
  const asked = [];
  /** @type {Set<number>} */
  const disk = new Set();
  const answer = async (/** @type {any} */ url, /** @type {any} */ { body }) => {
    asked.push({ url, body });
    const status = script.shift() ?? 200;
    if (status instanceof Response) return status;
    if (status === "lost") throw new TypeError("network");
    if (status !== 200) return new Response(JSON.stringify({ ok: false, code: `c${status}` }), { status });
    if (url.endsWith("/start")) return Response.json({ ok: true, token: "given", session: "known" });
    if (!url.endsWith("/chunks")) return new Response(null, { status: 204 });
    const { chunks } = JSON.parse(body);
    for (const { index } of chunks) disk.add(index);
    return Response.json({ ok: true, stored: chunks.map(() => ({ status: "stored" })) });
  };
  return { asked, disk, fetch: /** @type {typeof fetch} */ (answer) };
}

/**
 * An outbox with some parts of "me", and an uploader whose clock the test holds.
 *
 * @param {Partial<import("../../../templates/game/net/outbox.js").Owner>} owner
 * @param {number} count of parts
 * @param {(number | "lost" | Response)[]} script of the server
 */
async function waiting(owner, count, script) {
  const store = new FakeStore();
  const outbox = new Outbox({ ...OWNER, token: "seat", ...owner }, store);
  outbox.put(parts(count));
  const answers = server(script);
  const clock = { now: 0 };
  const uploader = new Uploader(outbox, { fetch: answers.fetch, now: () => clock.now });
  /** @type {any[]} */
  const told = [];
  uploader.onProgress = ({ left, refused, unserved }) => void told.push([left, unserved ? "unserved" : refused]);
  return { outbox, store, uploader, clock, told, ...answers };
}

test("what waits is sent until it is acknowledged, and then is gone", async () => {
  const { outbox, uploader, clock, disk, told } = await waiting({}, 40, ["lost", 503, 200, "lost"]);
  /** @type {number[]} */
  const tries = [];
  for (; clock.now < 12_000 && (await outbox.count("me")) > 0; clock.now += 500) {
    const before = told.length;
    await uploader.kick();
    if (told.length > before + 1 || clock.now === 0) tries.push(clock.now);
  }
  assert.equal(disk.size, 40);
  assert.deepEqual(told.at(-1), [0, null]);
  // A second after the first failure, two after the next; what arrives makes the waits short again.
  assert.deepEqual(tries, [0, 3000, 4000]);
});

test("whoever hurries does not wait", async () => {
  const { outbox, uploader } = await waiting({}, 1, [503, 503, 200]);
  await uploader.kick();
  await uploader.kick();
  assert.equal(await outbox.count("me"), 1);
  uploader.hurry();
  await uploader.kick();
  uploader.hurry();
  await uploader.kick();
  assert.equal(await outbox.count("me"), 0);
});

test("a request is never larger than the server takes, and has at least one part", async () => {
  const { outbox, uploader, asked } = await waiting({}, 0, []);
  const wide = "ü".repeat(90_000);
  outbox.put([...parts(5).map((part) => ({ ...part, content: wide })), { ...parts(1)[0], content: "x".repeat(450_000) }]);
  await uploader.kick();
  assert.deepEqual(asked.map(({ body }) => JSON.parse(body).chunks.length), [2, 2, 1, 1]);
  assert.ok(asked.slice(0, 3).every(({ body }) => new TextEncoder().encode(body).length < 512_000));
});

test("a lone player asks for a token first, once", async () => {
  const { outbox, uploader, asked } = await waiting({ token: null }, 20, []);
  await uploader.kick();
  assert.deepEqual(
    asked.map(({ url }) => url),
    ["https://lab.example/data/v1/start", "https://lab.example/data/v1/chunks", "https://lab.example/data/v1/chunks"],
  );
  assert.equal(JSON.parse(asked[1].body).token, "given");
  assert.equal(outbox.own.session, "known");
  assert.equal((await outbox.others()).length, 0);
});

test("what is refused stays, is told, and does not hold up what belongs to others", async () => {
  const { outbox, store, uploader, told } = await waiting({}, 1, [401]);
  await store.keep({ ...OWNER, id: "you", token: "new" }, parts(2));
  await uploader.kick();
  assert.deepEqual(told.at(-1), [1, "c401"]);
  assert.equal((await outbox.first("me", 9)).length, 1);
  assert.equal((await outbox.first("you", 9)).length, 0);
});

test("a server that cannot be reached holds up no other", async () => {
  const { outbox, store, uploader, told } = await waiting({}, 1, []);
  await store.keep({ ...OWNER, id: "you", server: "https://hung.example", token: "new" }, parts(1));
  const never = new Promise(() => {});
  const { fetch } = server([]);
  const hung = new Uploader(outbox, { fetch: /** @type {typeof fetch} */ ((url, init) => (String(url).includes("hung") ? never : fetch(url, init))) });
  hung.onProgress = uploader.onProgress;
  void hung.kick();
  await new Promise((resolve) => setTimeout(resolve, 10));
  assert.deepEqual(told.at(-1), [0, null]);
  assert.equal(await outbox.count("you"), 1);
});

test("of two tabs one hands in what both see, so that it belongs to one session", async () => {
  const store = new FakeStore();
  const { asked, fetch } = server([]);
  const outboxes = ["me", "you"].map((id) => new Outbox({ ...OWNER, id, token: null }, store));
  outboxes[0].put(parts(3));
  await settle();
  const held = new Set();
  const alone = async (/** @type {string} */ id, /** @type {() => Promise<void>} */ act) => {
    if (held.has(id)) return;
    held.add(id);
    await act();
    held.delete(id);
  };
  const tabs = outboxes.map((outbox) => new Uploader(outbox, { fetch, alone }));
  await Promise.all(tabs.toReversed().map((tab) => tab.kick()));
  assert.deepEqual(asked.map(({ url }) => url.replace(/.*\//, "")), ["start", "chunks"]);
  outboxes[0].put([{ episode: 0, kind: "meta", index: 0, content: "m\n" }]);
  await Promise.all(tabs.map((tab) => tab.kick()));
  assert.deepEqual(asked.map(({ url }) => url.replace(/.*\//, "")), ["start", "chunks", "chunks"], "the token that the other got is its own");
  assert.equal(store.parts.size, 0);
});

/** Answers to a POST of hosts that have only files. @type {[string, () => Response][]} */
const STATIC = [
  ["nginx, GitHub Pages", () => new Response("<html>405 Not Allowed</html>", { status: 405 })],
  ["a plain 404", () => new Response("Not found", { status: 404 })],
  ["python -m http.server", () => new Response("<html>Unsupported method</html>", { status: 501 })],
  ["a page for every address", () => new Response("<!doctype html>", { status: 200 })],
  ["an object store", () => new Response("<Error/>", { status: 403 })],
  ["JSON of somebody else", () => Response.json({ error: "no such route" }, { status: 404 })],
];

for (const [host, answer] of STATIC) {
  test(`a static host is known as one, and asked once: ${host}`, async () => {
    const { outbox, uploader, told, asked, clock } = await waiting({ token: null }, 3, [answer(), answer()]);
    await uploader.kick();
    clock.now = 60_000;
    uploader.hurry();
    await uploader.kick();
    assert.equal(asked.length, 1);
    assert.deepEqual(told.at(-1), [3, "unserved"]);
    assert.equal(outbox.own.refused, undefined, "the next page asks again");
  });
}

test("a proxy whose server is away is not a static host, nor is a server that plays another game", async () => {
  const away = await waiting({ token: null }, 1, [new Response("<html>Bad Gateway</html>", { status: 502 })]);
  await away.uploader.kick();
  assert.deepEqual(away.told.at(-1), [1, null]);
  const other = await waiting({ token: null }, 1, [Response.json({ ok: false, code: "wrong_experiment" }, { status: 404 })]);
  await other.uploader.kick();
  assert.deepEqual(other.told.at(-1), [1, "wrong_experiment"]);
});

test("once a server gave a token, a strange answer is only a hitch", async () => {
  const { uploader, told, clock } = await waiting({}, 1, [new Response("<html>", { status: 404 }), 200]);
  await uploader.kick();
  assert.deepEqual(told.at(-1), [1, null]);
  clock.now = 2000;
  await uploader.kick();
  assert.deepEqual(told.at(-1), [0, null]);
});

/** Answers that are not those of `igbuild serve`. @type {[string, () => Response][]} */
const STRANGE = [
  ["a filter's page", () => new Response("<html>Checking your browser</html>", { status: 403 })],
  ["a proxy's login", () => new Response("", { status: 401 })],
  ["a proxy's limit", () => new Response("<html>413</html>", { status: 413 })],
  ["a filter's JSON", () => Response.json({ ok: false, error: "blocked" }, { status: 403 })],
];

for (const [who, answer] of STRANGE) {
  test(`no answer but the server's own is final: ${who}`, async () => {
    const { uploader, told, clock, outbox } = await waiting({}, 1, [answer(), 200]);
    await uploader.kick();
    assert.deepEqual(told.at(-1), [1, null]);
    clock.now = 2000;
    await uploader.kick();
    assert.equal(await outbox.count("me"), 0);
  });
}

test("what waits of another experiment at the same address is left to its own pages", async () => {
  const { uploader, store, asked } = await waiting({}, 1, []);
  await store.keep({ ...OWNER, id: "other", token: "theirs", start: { ...OWNER.start, experiment: "f" } }, parts(2));
  await uploader.kick();
  assert.deepEqual(asked.map(({ body }) => JSON.parse(body).token), ["seat"]);
  assert.equal(await store.count("other"), 2);
});

const ENDPOINT = "https://take.example/in?study=3";

test("an endpoint gets lines that name whose each part is, under an id that stays", async () => {
  const { outbox, uploader, asked, clock } = await waiting({ token: null, endpoint: ENDPOINT, seat: 1, seats: 2, session: "s1" }, 2, ["lost"]);
  await uploader.kick();
  outbox.put([{ episode: 1, kind: "meta", index: 0, content: '{"rows":2}\n' }]);
  clock.now = 1000;
  await uploader.kick();
  assert.deepEqual(asked.map(({ url }) => url), [ENDPOINT, ENDPOINT]);
  const [first, again] = asked.map(({ body }) => body.split("\n"));
  assert.deepEqual(first.slice(0, 2), again.slice(0, 2));
  assert.equal(
    first[0],
    '{"format":1,"id":"me/0/rows/0","experiment":"e","session":"s1","participant":"p","seat":1,"seats":2,"site":"s","episode":0,"kind":"rows","index":0,"content":"0\\n"}',
  );
  assert.equal(JSON.parse(again[2]).id, "me/1/meta/0");
  assert.equal(again.at(-1), "");
  assert.equal(await outbox.count("me"), 0);
});

test("an endpoint that refuses is asked no more; one that is busy is", async () => {
  for (const [status, refused] of /** @type {[number, string | null][]} */ ([[503, null], [429, null], [507, null], [404, "404"], [405, "405"], [413, "413"], [501, "501"]])) {
    const { uploader, told, outbox, clock, asked } = await waiting({ endpoint: ENDPOINT }, 1, [new Response(null, { status })]);
    await uploader.kick();
    assert.deepEqual(told.at(-1), [1, refused], String(status));
    assert.equal(outbox.own.refused, undefined, "the next page asks again");
    clock.now = 60_000;
    await uploader.kick();
    assert.equal(asked.length, refused ? 1 : 2);
  }
});

test("the last page calls it done only when everything has arrived, and late when nothing does for long", () => {
  let now = 0;
  const handing = new Handing(() => now);
  assert.equal(handing.state, "done");
  handing.wait(2);
  assert.equal(handing.state, "pending");
  now = 50_000;
  handing.begin();
  now = 69_000;
  assert.equal(handing.state, "pending");
  now = 71_000;
  assert.equal(handing.state, "late");
  handing.hear({ left: 1, refused: null, unserved: false });
  assert.equal(handing.state, "pending", "something arrived");
  handing.hear({ left: 1, refused: "too_large", unserved: false });
  assert.equal(handing.state, "refused");
  handing.hear({ left: 1, refused: null, unserved: true });
  assert.equal(handing.state, "unserved");
  handing.hear({ left: 0, refused: null, unserved: false });
  assert.equal(handing.state, "done");
});

test("observations stand in a row as lists, whatever they crossed as", () => {
  const seen = [
    { grid: { dtype: "float32", shape: [2, 2], data: new Float32Array([0.5, -0, NaN, 3]) }, flags: [{ dtype: "bool", shape: [2], data: new Uint8Array([1, 0]) }] },
    { dtype: "int32", shape: [2, 0], data: new Int32Array(0) },
  ];
  const row = { ...ROW, observations: new Map([[0, seen[0]], [1, seen[1]]]) };
  const line = rowLine(row, [0, 1]);
  const expected = '"isFocused.1":true,"observations.0":{"grid":[[0.5,{"$float":"-0.0"}],[{"$float":"nan"},3]],"flags":[[true,false]]},"observations.1":[[],[]],"stateHash":"ab"}';
  assert.ok(line.endsWith(expected), line);
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
  assert.equal(at(500, true), 0);
  assert.equal(at(600, true), 0);
  assert.equal(at(600, false), 0);
  assert.equal(at(650, true), 0);
  assert.equal(at(751, true), 1);
  for (const time of [900, 1100, 1300]) assert.equal(at(time, true), 1);
});

test("an absence limit that was stopped is never over", () => {
  let now = 0;
  let over = 0;
  const limit = new AbsenceLimit({ limit: 100, hidden: () => true, now: () => now, onOver: () => over++ });
  limit.look();
  limit.stop();
  for (now of [50, 200, 400]) limit.look();
  assert.equal(over, 0);
});
