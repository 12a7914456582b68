// What must not matter does not: the canonical rows depend on the players' inputs and on nothing else.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { BASE } from "./sim/cases.js";
import { runFleet } from "./sim/fleet.js";
import { judge } from "./sim/oracle.js";

/** @typedef {import("./sim/fleet.js").FleetOptions} FleetOptions */

/** Longest input delay that is tried; nobody acts before, so that a longer delay swallows nothing. */
const LONGEST_DELAY = 4;
const SEEDS = [1, 2, 3];

/** @type {Omit<FleetOptions, "seed">} */
const REFERENCE = { ...BASE, players: 3, episodes: 1, maxSteps: 150, link: { loss: 0, delay: 5, jitter: 1 } };

/** @type {Record<string, Partial<FleetOptions>>} */
const CHANGES = {
  "no input delay": { D: 0 },
  "a long input delay": { D: LONGEST_DELAY },
  "lockstep": { P: 0 },
  "a narrow window": { P: 2 },
  "a wide window": { P: 12 },
  "a snapshot every frame": { K: 1 },
  "few snapshots": { K: 9 },
  "a slow worker": { workMs: 6 },
  "another predictor": { predictor: "default" },
  "loss": { link: { loss: 0.1, delay: 40, jitter: 5 } },
  "duplicates": { link: { loss: 0, dup: 0.5, delay: 40, jitter: 5 } },
  "reordering": { link: { loss: 0, delay: 30, jitter: 60, reorder: 0.3 } },
  "all of it": { P: 5, K: 3, D: 2, workMs: 4, link: { loss: 0.1, dup: 0.2, delay: 50, jitter: 60, reorder: 0.2 } },
};

/** @param {number} seed @returns {NonNullable<FleetOptions["schedule"]>} */
function scheduleOf(seed) {
  return (player, epoch, frame) => (frame < LONGEST_DELAY ? 0 : Math.imul(Math.imul(seed + 7 * player + 31 * epoch, 2654435761) ^ Math.imul(frame >> 2, 40503), 2246822519) >>> 29) % 5;
}

/** @param {Partial<FleetOptions>} change @param {number} seed @returns {string} the canonical rows, without the hashes */
function rowsOf(change, seed) {
  const options = { ...REFERENCE, ...change, seed, schedule: scheduleOf(seed) };
  const result = runFleet(options);
  assert.deepEqual(judge(options, result), [], `seed ${seed}`);
  return JSON.stringify(result.peers[0].records[0].rows.map((row) => ({ ...row, stateHash: null, inputs: row.inputs.map((input) => [...input]) })));
}

describe("the canonical rows are the same with", () => {
  const expected = SEEDS.map((seed) => rowsOf({}, seed));
  for (const [name, change] of Object.entries(CHANGES)) {
    test(name, () => SEEDS.forEach((seed, i) => assert.equal(rowsOf(change, seed), expected[i], `seed ${seed}`)));
  }
  test("nothing but other inputs", () => assert.notEqual(expected[0], expected[1]));
});

test("the checkpoints that are compared do not depend on how often they are", () => {
  for (const H of [1, 7, 200]) assert.equal(rowsOf({ H }, 1), rowsOf({}, 1));
});
