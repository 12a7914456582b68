// Planted differences: the judge and the session must each see what is theirs to see, and nothing else.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { BASE, CASES } from "./sim/cases.js";
import { runFleet } from "./sim/fleet.js";
import { judge } from "./sim/oracle.js";

/** @typedef {import("./sim/fleet.js").FleetOptions} FleetOptions */
/** @typedef {import("./sim/fleet.js").FleetResult} FleetResult */

const SEEDS = [1, 2, 3, 5];

/** @param {FleetResult} result @param {string} type @returns {any[]} */
function eventsOf({ peers }, type) {
  return peers.flatMap(({ events }) => events.filter((event) => event.type === type));
}

describe("a difference planted in one worker's state", () => {
  test("is seen by the judge and by both sessions, and located to one interval", () => {
    for (const seed of SEEDS) {
      const options = { ...BASE, ...CASES.planted, seed };
      const result = runFleet(options);
      const failures = judge(options, result);
      assert.ok(failures.some((failure) => failure.startsWith("parity")), `seed ${seed}: the judge is blind`);
      assert.equal(eventsOf(result, "DesyncDetected").length, 2, `seed ${seed}`);
      const located = eventsOf(result, "DesyncLocated");
      assert.equal(located.length, 2, `seed ${seed}`);
      for (const { epoch, lastGood, firstBad } of located) {
        assert.deepEqual([epoch, lastGood], [1, 29], `seed ${seed}`);
        assert.ok(firstBad >= 33 && firstBad <= 59, `seed ${seed}: planted at frame 33, found by ${firstBad}`);
      }
    }
  });

  test("halts the session and marks the export, and the evidence is still there", () => {
    const result = runFleet({ ...BASE, ...CASES.planted, seed: 1 });
    for (const { session, partial, worker } of result.peers) {
      assert.equal(session.halted?.reason, "desync");
      assert.deepEqual([partial?.status, partial?.epoch], ["desynced", 1]);
      const [located] = eventsOf({ ...result, peers: result.peers.filter((peer) => peer.session === session) }, "DesyncLocated");
      assert.ok(located.snapshot <= 30 && worker.states.has(located.snapshot), "the state before the difference can be dumped");
    }
  });

  test("only marks the export where the policy is to flag", () => {
    const { peers } = runFleet({ ...BASE, ...CASES.planted, seed: 1, desyncPolicy: "flag" });
    for (const { records } of peers) assert.deepEqual(records.map(({ status }) => status), ["verified", "desynced", "verified"]);
  });

  test("before the first frame is told as a difference from the start", () => {
    const result = runFleet({ ...BASE, ...CASES.clean, seed: 1, otherStart: 1 });
    assert.deepEqual(eventsOf(result, "DesyncDetected").map(({ frame }) => frame), [-1, -1]);
  });
});

test("a peer that reports false chains is found by the sessions alone: the rows are equal", () => {
  for (const seed of SEEDS) {
    const options = /** @type {FleetOptions} */ ({ ...BASE, ...CASES.wan, seed, lie: { peer: 1, epoch: 1 }, desyncPolicy: "flag" });
    const result = runFleet(options);
    const failures = judge(options, result);
    assert.ok(eventsOf(result, "DesyncDetected").length > 0, `seed ${seed}: the lie passed`);
    assert.ok(failures.every((failure) => failure.startsWith("desync")), `seed ${seed}: ${failures.find((failure) => !failure.startsWith("desync"))}`);
  }
});

test("packets whose bytes were changed are dropped and counted, and change nothing", () => {
  for (const seed of SEEDS) {
    const options = { ...BASE, ...CASES.wan, seed, garble: { rate: 0.1 } };
    const result = runFleet(options);
    assert.deepEqual(judge(options, result), [], `seed ${seed}`);
    for (const { session } of result.peers) assert.ok(session.stats.malformed > 20, `only ${session.stats.malformed} packets were refused`);
  }
});
