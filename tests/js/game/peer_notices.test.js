// Peer notices: what is said of the others, and that it is true.
import assert from "node:assert/strict";
import { test } from "node:test";
import { PeerNotices } from "../../../templates/game/multiplayer/peer_notices.js";

function makeNotices() {
  /** @type {string[]} */
  const said = [];
  const screens = { waiting() {}, notice: (/** @type {string} */ text) => void said.push(text) };
  const notices = new PeerNotices(["red", "blue"], 1, (agent) => String(agent).toUpperCase(), screens);
  const looks = (/** @type {boolean} */ red) => new Map([["red", red], ["blue", true]]);
  return { said, notices, looks };
}

test("who is silent is waited for, until something is heard", () => {
  const { said, notices } = makeNotices();
  notices.hear({ type: "PeerInterrupted", player: 0, silentMs: 600 });
  notices.hear({ type: "PeerResumed", player: 0 });
  assert.deepEqual(said, ["Waiting for RED", ""]);
});

test("nobody waits for who is away, but at the end of an episode", () => {
  const { said, notices, looks } = makeNotices();
  notices.hear({ type: "PeerAbsent", player: 0, at: 40 });
  notices.look(looks(false), false);
  notices.hear({ type: "PeerInterrupted", player: 0, silentMs: 600 });
  assert.deepEqual(said, ["RED is looking elsewhere"]);
  notices.look(looks(false), true);
  notices.hear({ type: "PeerResumed", player: 0 });
  assert.deepEqual(said, ["RED is looking elsewhere", "Waiting for RED", "RED is looking elsewhere"]);
});

test("an absence ends with a return, and with its episode", () => {
  for (const end of /** @type {const} */ ([{ type: "PeerReturned", player: 0, frame: 90 }, { type: "EpisodeStarted", epoch: 1 }])) {
    const { said, notices } = makeNotices();
    notices.hear({ type: "PeerAbsent", player: 0, at: 40 });
    notices.hear(end);
    notices.hear({ type: "PeerInterrupted", player: 0, silentMs: 600 });
    assert.deepEqual(said, ["Waiting for RED"], end.type);
  }
});
