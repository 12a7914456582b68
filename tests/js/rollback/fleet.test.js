// Whole meshes of real sessions over bad links: the same rows on every screen, whatever happens.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { BASE, CASES } from "./sim/cases.js";
import { runFleet } from "./sim/fleet.js";
import { judge } from "./sim/oracle.js";
import { swarmOptions } from "./sim/swarm.js";

/** @typedef {import("./sim/fleet.js").FleetResult} FleetResult */
/** @typedef {keyof import("./sim/cases.js").Premise} PremiseName */

const SEEDS = [1, 2, 3, 5, 8, 13, 21, 34];

/** What a scenario promises to be about, and the counters that show it. @type {Record<PremiseName, "sum" | "max">} */
const COUNTED = { rollbacks: "sum", depth: "max", undoneEnds: "sum", stalls: "sum", fastForwarded: "sum" };

/** @param {PremiseName} name @param {FleetResult[]} results */
function measured(name, results) {
  const values = results.flatMap(({ peers }) => peers.map(({ session: { stats } }) => (name === "depth" ? stats.maxDepth : stats[name])));
  return COUNTED[name] === "max" ? Math.max(...values) : values.reduce((sum, value) => sum + value, 0);
}

describe("every peer exports the same rows, and they are those of a straight replay", () => {
  for (const [name, { premise = {}, ...options }] of Object.entries(CASES)) {
    if (options.corrupt) continue;
    test(`${name}, on ${SEEDS.length} seeds`, () => {
      const results = SEEDS.map((seed) => {
        const run = { ...BASE, ...options, seed };
        const result = runFleet(run);
        assert.deepEqual(judge(run, result), [], `${name} fails with seed ${seed}: node tests/js/rollback/soak.mjs --scenario ${name} --seed ${seed}`);
        return result;
      });
      for (const [what, least] of Object.entries(premise)) {
        const value = measured(/** @type {PremiseName} */ (what), results);
        assert.ok(value >= least, `the scenario ${name} is about ${what}: at least ${least}, but there were ${value}`);
      }
    });
  }
});

test("random meshes, as the soak runs them by the thousand", () => {
  for (const seed of SEEDS) {
    const options = swarmOptions(seed);
    assert.deepEqual(judge(options, runFleet(options)), [], `node tests/js/rollback/soak.mjs --seed ${seed}`);
  }
});

test("a run is a function of its seed", () => {
  const traceOf = (/** @type {string} */ name, /** @type {number} */ seed) => runFleet({ ...BASE, ...CASES[name], seed, episodes: 1, trace: true }).trace;
  for (const name of ["mobile", "six", "awayKill3"]) {
    assert.equal(traceOf(name, 5), traceOf(name, 5), `${name} ran differently the second time`);
    assert.notEqual(traceOf(name, 5), traceOf(name, 6), `the trace of ${name} does not see what happens`);
  }
});

test("after a blackout every peer settles ten frames within four seconds", () => {
  const { script = [] } = CASES.blackout;
  const healed = Math.max(...script.map(({ at }) => at));
  for (const seed of SEEDS) {
    const options = { ...BASE, ...CASES.blackout, seed };
    const settledBy = (/** @type {number} */ maxMs) =>
      runFleet({ ...options, maxMs }).peers.map(({ session, records }) => records.reduce((sum, { rows }) => sum + rows.length, session.phase === "finished" ? 0 : session.settled + 1));
    const [before, after] = [settledBy(healed), settledBy(healed + 4000)];
    after.forEach((rows, peer) => assert.ok(rows - before[peer] >= 10, `seed ${seed}: peer ${peer} settled ${before[peer]} frames, then ${rows}`));
  }
});

test("an episode that nobody ends early has exactly max_steps rows on every peer", () => {
  for (const seed of SEEDS) {
    const { peers } = runFleet({ ...BASE, ...CASES.mobile, seed, maxSteps: 60, schedule: () => 1 });
    for (const { records } of peers) assert.deepEqual(records.map(({ rows }) => rows.length), [60, 60, 60], `seed ${seed}`);
  }
});
