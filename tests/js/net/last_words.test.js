// The last words of a page that goes: what matters most, in requests that browsers take.
import assert from "node:assert/strict";
import { test } from "node:test";
import { BYTES, lastWords } from "../../../templates/game/net/last_words.js";

/** @typedef {import("../../../templates/game/net/chunks.js").Chunk} Chunk */

/** @type {import("../../../templates/game/net/outbox.js").Owner} */
const OWNER = { id: "me", server: "https://lab.example", token: "seat", start: { experiment: "e", participant: "p", site: "s" } };

/** @param {Chunk["kind"]} kind @param {number} index @param {string} content @returns {Chunk} */
const part = (kind, index, content = "x\n") => ({ episode: 0, kind, index, content });

/** @param {string} text */
const bytes = (text) => new TextEncoder().encode(text).length;

/** @param {{body: string}} request */
const parts = ({ body }) => JSON.parse(body).chunks.map((/** @type {Chunk} */ { kind, index }) => `${kind} ${index}`);

test("a server gets one request with its token, the metadata first, then rows in their order", () => {
  const [said, ...more] = lastWords(OWNER, [part("rows", 3), part("telemetry", 0), part("rows", 4), part("local", 0), part("meta", 1)]);
  assert.equal(said.url, "https://lab.example/data/v1/chunks");
  assert.equal(JSON.parse(said.body).token, "seat");
  assert.deepEqual(parts(said), ["meta 1", "rows 3", "rows 4", "local 0", "telemetry 0"]);
  assert.deepEqual(more, []);
});

test("no request is larger than browsers take, counted in bytes", () => {
  const wide = "ü".repeat(12_000);
  const said = [...lastWords(OWNER, [0, 1, 2, 3, 4].map((index) => part("rows", index, wide)))];
  assert.deepEqual(said.map(parts), [["rows 0", "rows 1"], ["rows 2", "rows 3"], ["rows 4"]]);
  assert.ok(said.every(({ body }) => bytes(body) <= BYTES));
});

test("a row that alone is too large costs no other part", () => {
  const [said] = lastWords(OWNER, [part("rows", 0, "x".repeat(BYTES)), part("rows", 1), part("meta", 0)]);
  assert.deepEqual(parts(said), ["meta 0", "rows 1"]);
});

test("an endpoint gets lines, and needs no token", () => {
  const [said] = lastWords({ ...OWNER, token: null, endpoint: "https://take.example/in" }, [part("rows", 0), part("meta", 0)]);
  assert.equal(said.url, "https://take.example/in");
  assert.deepEqual(said.body.trimEnd().split("\n").map((line) => JSON.parse(line).id), ["me/0/meta/0", "me/0/rows/0"]);
});

test("nothing is said without a token, or where nothing waits", () => {
  assert.deepEqual([...lastWords({ ...OWNER, token: null }, [part("meta", 0)])], []);
  assert.deepEqual([...lastWords(OWNER, [])], []);
});
