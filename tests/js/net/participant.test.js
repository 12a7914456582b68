// The participant's name and attributes, as the address has them and the server takes them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { readGlobals } from "../../../templates/game/globals.js";
import { matchAttributes, participantId } from "../../../templates/game/net/participant.js";

/** @type {any} */
const site = { server: { participant: "who" } };
/** @param {string} text */
const named = (text) => participantId(site, `?who=${encodeURIComponent(text)}`, null);

test("invisible characters that a pasted link brings along stay in the name", () => {
  for (const text of ["p1\u200b", "a\u00a0b", "a\u00adb", "\ufeffp", "👩\u200d🚀", "\u202e"]) assert.equal(named(text), text);
});

test("a long name is cut between characters, not within one", () => {
  const long = "x".repeat(127) + "👩👩";
  assert.equal(named(long), "x".repeat(127) + "👩");
  assert.deepEqual(matchAttributes(["site"], `?site=${encodeURIComponent(long)}`, {}, {}), { site: "x".repeat(127) + "👩" });
});

test("what the server would refuse is replaced", () => {
  assert.equal(named("a\nb\u0000c\u009f"), "a\ufffdb\ufffdc\ufffd");
  assert.equal(participantId(site, "?who=a\ud83d", null), "a\ufffd");
  assert.deepEqual(matchAttributes(["site"], "?site=%07", {}, {}), { site: "\ufffd" });
});

test("the environment's parameters count as they were read, and a default is no mark", () => {
  /** @type {Record<string, import("../../../templates/game/site_config.js").GlobalSpec>} */
  const specs = { speed: { type: "float", default: 1 }, map: { type: "str" } };
  /** @param {string} search */
  const told = (search) => matchAttributes(["condition", "speed"], search, specs, readGlobals(search, specs, ["condition"]).values);
  assert.deepEqual(told("?speed=2.0&map=a&condition=x&other=1"), { speed: "2", map: "a", condition: "x" });
  assert.deepEqual(told("?speed=1.0"), told(""));
  assert.deepEqual(told(""), {});
  const many = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`p${i}`, i]));
  const all = matchAttributes([], "", Object.fromEntries(Object.keys(many).map((name) => [name, { type: "int" }])), many);
  assert.equal(Object.keys(all).length, 32);
});
