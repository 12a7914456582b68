// The participant's name and attributes, as the address has them and the server takes them.
import assert from "node:assert/strict";
import { test } from "node:test";
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
  assert.deepEqual(matchAttributes(["site"], `?site=${encodeURIComponent(long)}`), { site: "x".repeat(127) + "👩" });
});

test("what the server would refuse is replaced", () => {
  assert.equal(named("a\nb\u0000c\u009f"), "a\ufffdb\ufffdc\ufffd");
  assert.equal(participantId(site, "?who=a\ud83d", null), "a\ufffd");
  assert.deepEqual(matchAttributes(["site"], "?site=%07"), { site: "\ufffd" });
});
