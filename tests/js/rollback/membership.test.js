// Leaving, being dropped, going away and coming back, step by step.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isFocused } from "../../../templates/game/rollback/input.js";
import * as real from "./sim/rollback.js";
import { BASE, CASES } from "./sim/cases.js";
import { runFleet } from "./sim/fleet.js";
import { judge } from "./sim/oracle.js";
import { Table, startedPair } from "./sim/pair.js";

/** @param {Partial<import("../../../templates/game/rollback/config.js").SessionOptions>} [options] @param {number} [maxSteps] */
function trio(options = {}, maxSteps = 400) {
  const table = new Table(real, { players: 3, ...options }, maxSteps);
  while (table.sessions.some(({ phase }) => phase !== "running")) table.rounds(1);
  table.rounds(10);
  return table;
}

/** @param {Table} table @param {number} me @param {string} type @returns {any[]} */
function heard(table, me, type) {
  return table.events[me].filter((event) => event.type === type);
}

describe("a peer that falls silent", () => {
  test("is reported as interrupted, and again when it is back", () => {
    const table = trio();
    table.rounds(25, (from) => from === 2);
    assert.equal(heard(table, 0, "PeerInterrupted")[0]?.player, 2);
    table.rounds(2);
    assert.equal(heard(table, 0, "PeerResumed")[0]?.player, 2);
    assert.deepEqual(heard(table, 0, "PeerDropped"), []);
  });

  test("stalls the others, who say for whom they wait", () => {
    const table = trio();
    table.rounds(12, (from) => from === 2);
    assert.deepEqual(heard(table, 0, "Stalled"), [{ type: "Stalled", waitingFor: [2] }]);
    table.rounds(3);
    assert.equal(heard(table, 0, "Unstalled").length, 1);
  });

  test("is dropped after its time, and the majority plays on without it", () => {
    const table = trio({ dropMs: 1000 });
    table.rounds(60, (from, { to }) => from === 2 || to === 2);
    for (const me of [0, 1]) {
      assert.deepEqual(heard(table, me, "PeerDropped").map(({ player }) => player), [2]);
      assert.equal(table.sessions[me].phase, "running");
      const rows = table.sessions[me].episode?.log.frameDataBuffer ?? [];
      assert.ok(rows.at(-1)?.inputs[2].every((byte) => byte === 255), "its slot is absent");
    }
    assert.equal(table.sessions[2].halted?.reason, "minority");
  });

  test("is given more time while its connection is being restored", () => {
    const table = trio({ dropMs: 1000, absentMs: 5000 });
    for (const me of [0, 1]) table.sessions[me].setRecovering(2, true);
    table.rounds(60, (from) => from === 2);
    assert.deepEqual(heard(table, 0, "PeerDropped"), []);
    table.rounds(120, (from) => from === 2);
    assert.equal(heard(table, 0, "PeerDropped").length, 1);
  });

  test("learns that it was dropped, if only its own voice was lost", () => {
    const table = trio({ dropMs: 1000 });
    table.rounds(60, (from) => from === 2);
    assert.equal(table.sessions[2].halted?.reason, "dropped-by-peers");
    assert.equal(heard(table, 2, "Halted")[0].record.status, "partial");
  });

  test("is not blamed for this peer's own stopped clock", () => {
    const table = trio({ dropMs: 1000 });
    table.now += 5000;
    table.play(0);
    assert.deepEqual(heard(table, 0, "PeerDropped"), []);
  });
});

describe("a peer that leaves", () => {
  test("is dropped at once", () => {
    const table = trio();
    table.send(2, table.sessions[2].leave());
    table.rounds(4);
    assert.deepEqual(heard(table, 0, "PeerLeft"), [{ type: "PeerLeft", player: 2 }]);
    assert.equal(table.sessions[0].phase, "running");
    assert.deepEqual(table.sessions[2].leave(), [], "a second goodbye says nothing");
    assert.equal(table.play(2).status, "not-running");
  });

  test("ends a game of two, with the agreed part exported", () => {
    const { table, sessions } = startedPair(real);
    table.rounds(10);
    table.send(1, sessions[1].leave());
    table.rounds(3);
    const [{ record, reason }] = heard(table, 0, "Halted");
    assert.deepEqual([reason, record.status, record.lastAgreed], ["minority", "partial", record.rows.length - 1]);
    assert.ok(record.rows.length >= 8);
  });

  test("between two episodes is no loss to those who had finished", () => {
    const { table, sessions } = startedPair(real);
    while (sessions.some(({ phase }) => phase !== "finished")) table.rounds(1);
    table.send(1, sessions[1].leave());
    table.rounds(2);
    assert.equal(sessions[0].phase, "finished");
    assert.deepEqual(heard(table, 0, "EpisodeEnded").map(({ record }) => record.status), ["verified"]);
    sessions[0].beginEpisode();
    table.rounds(2);
    assert.equal(sessions[0].halted?.reason, "minority", "but alone it cannot go on");
  });

  test("because its worker failed lets the others go on", () => {
    const table = trio();
    table.sessions[1].onBatchError(new Error("died"));
    table.rounds(4);
    assert.equal(table.sessions[1].halted?.reason, "worker-failed");
    assert.deepEqual(heard(table, 0, "PeerLeft").map(({ player }) => player), [1]);
    assert.equal(table.sessions[0].phase, "running");
  });
});

describe("a minority", () => {
  test("never goes on: neither half of an even split goes on", () => {
    const options = { ...BASE, ...CASES.split, seed: 4 };
    const result = runFleet(options);
    assert.deepEqual(judge(options, result), []);
    assert.deepEqual(result.peers.map(({ session }) => session.halted?.reason), Array(4).fill("minority"));
  });

  test("of two against three halts, while the three go on", () => {
    const cut = [0, 1].flatMap((a) => [2, 3, 4].flatMap((b) => [`${a}>${b}`, `${b}>${a}`]));
    const options = { ...BASE, players: 5, seed: 2, dropMs: 3000, expectHalt: /** @type {const} */ ("may"), script: [{ at: 2000, block: cut }] };
    const result = runFleet(options);
    assert.deepEqual(judge(options, result), []);
    const [small, large] = [result.peers.slice(0, 2), result.peers.slice(2)];
    for (const { session, partial } of small) assert.ok(session.halted && partial && partial.rows.length < 150, "the two halted early");
    for (const { records } of large) assert.equal(records.length, 3);
  });
});

describe("a page that goes away", () => {
  test("is played around, and returns to a frame that all know of", () => {
    const table = trio();
    table.sessions[2].setHidden(true);
    table.send(2, table.sessions[2].goAway());
    assert.ok(table.sessions[2].isAway);
    for (let round = 0; round < 30; round++) {
      table.now += 33;
      for (const me of [0, 1]) table.play(me);
      table.deliver((_, { to, channel }) => to === 2 && channel === "inp");
    }
    assert.equal(heard(table, 0, "PeerAbsent")[0]?.player, 2);
    assert.ok(table.sessions[0].settled > 30, "the others went on");
    table.sessions[2].setHidden(false);
    table.rounds(40);
    const frames = table.events.map((_, me) => heard(table, me, "PeerReturned").map(({ frame }) => frame));
    assert.equal(new Set(frames.map(String)).size, 1, `all agree on the frame: ${frames}`);
    assert.ok(!table.sessions[2].isAway && table.sessions[2].settled > 50);
    const rows = table.sessions[1].episode?.log.frameDataBuffer ?? [];
    assert.ok(rows.some(({ inputs }) => inputs[2][0] === 255) && rows.at(-1)?.inputs[2][0] !== 255);
  });

  test("stays away while it is hidden, although it ticks", () => {
    const table = trio();
    table.sessions[2].setHidden(true);
    table.send(2, table.sessions[2].goAway());
    table.rounds(40);
    assert.ok(table.sessions[2].isAway);
  });

  test("without having said so is declared away at its first tick, and back when it ticks steadily", () => {
    const table = trio();
    table.sessions[2].setHidden(true);
    for (let round = 0; round < 30; round++) {
      table.now += 33;
      for (const me of [0, 1]) table.play(me);
      table.deliver((_, { to }) => to === 2);
    }
    assert.equal(heard(table, 0, "Stalled").length, 1, "silence alone means waiting");
    table.rounds(2);
    assert.ok(table.sessions[2].isAway);
    table.rounds(60);
    assert.ok(!table.sessions[2].isAway, "thirty steady ticks are a page that can play");
  });

  test("is waited for where the policy is to pause", () => {
    const table = trio({ absencePolicy: "pause" });
    assert.deepEqual(table.sessions[2].goAway(), []);
    assert.ok(!table.sessions[2].isAway);
  });
});

test("a hidden page plays the default action, and says in every input that it is hidden", () => {
  const { table, sessions } = startedPair(real);
  sessions[1].setInput(Uint8Array.of(2));
  table.rounds(6);
  sessions[1].setHidden(true);
  table.rounds(6);
  assert.ok(sessions[0].links.to(1).hidden, "the other page can show it at once");
  sessions[1].setHidden(false);
  table.rounds(6);
  for (const { episode } of sessions) {
    const inputs = (episode?.log.frameDataBuffer ?? []).map((row) => row.inputs[1].join());
    assert.ok(inputs.includes("2,0") && inputs.includes("0,1"), "both kinds are canonical");
    assert.ok(!inputs.includes("2,1"));
    const focus = (episode?.log.frameDataBuffer ?? []).map((row) => row.inputs.map(isFocused));
    assert.ok(focus.every(([first]) => first) && focus.some(([, second]) => !second), "focus is a fact of the rows");
  }
});
