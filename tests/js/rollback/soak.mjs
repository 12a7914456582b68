// The long run: thousands of random meshes, then one long one whose memory must not grow.
//   node tests/js/rollback/soak.mjs [--seeds 2000] [--first 1] [--frames 200000]
//   node tests/js/rollback/soak.mjs --seed N [--scenario NAME]     repeat one run
import console from "node:console";
import process from "node:process";
import { parseArgs } from "node:util";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { BASE, CASES } from "./sim/cases.js";
import { runFleet } from "./sim/fleet.js";
import { judge } from "./sim/oracle.js";
import { swarmOptions } from "./sim/swarm.js";

const { values } = parseArgs({
  options: { seeds: { type: "string" }, first: { type: "string" }, frames: { type: "string" }, seed: { type: "string" }, scenario: { type: "string" } },
});
/** Heap that the second half may use beyond the first, in MB. */
const GROWTH_MB = 3;
/** Frames of one episode of the long run. */
const EPISODE_FRAMES = 10_000;

/** @param {import("./sim/fleet.js").FleetOptions} options @returns {{failures: string[], rows: number}} */
function attempt(options) {
  try {
    const result = runFleet(options);
    return { failures: judge(options, result), rows: result.peers.reduce((sum, { records }) => sum + records.reduce((all, { rows }) => all + rows.length, 0), 0) };
  } catch (error) {
    return { failures: [error instanceof Error ? String(error.stack) : String(error)], rows: 0 };
  }
}

/** @param {number} seed */
function optionsOf(seed) {
  return values.scenario ? { ...BASE, ...CASES[values.scenario], seed } : swarmOptions(seed);
}

/** @param {number} first @param {number} count @returns {number} failing seeds */
function swarm(first, count) {
  let failing = 0;
  let rows = 0;
  for (let seed = first; seed < first + count; seed++) {
    const attempted = attempt(optionsOf(seed));
    rows += attempted.rows;
    if (!attempted.failures.length) continue;
    failing++;
    console.log(`FAIL seed ${seed}: ${attempted.failures[0]}\n  repeat: node tests/js/rollback/soak.mjs --seed ${seed}`);
  }
  console.log(`swarm: ${count} seeds, ${rows} exported rows, ${failing} failures`);
  return failing;
}

/**
 * One session of many long episodes over a bad link; finished rows are let go, as a page lets them go.
 *
 * @param {number} frames of virtual time
 * @returns {number} 1 when something failed, or grew that must not
 */
function longRun(frames) {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc");
  /** @type {number[]} */
  const heaps = [];
  const episodes = Math.ceil(frames / EPISODE_FRAMES);
  const onRecord = (/** @type {any} */ record, /** @type {number} */ player) => {
    collect();
    if (player === 0) heaps.push(process.memoryUsage().heapUsed / 2 ** 20);
    return { ...record, rows: [], localFacts: [], length: record.rows.length };
  };
  const options = { ...BASE, ...CASES.mobile, seed: 1, maxSteps: EPISODE_FRAMES, schedule: longSchedule, episodes, maxMs: Infinity, onRecord };
  const { peers } = runFleet(options);
  const records = peers.flatMap((peer) => peer.records);
  const wrong = records.filter((record) => record.status !== "verified" || /** @type {any} */ (record).length !== EPISODE_FRAMES);
  // Whether the slower peer still holds its last episode makes a difference of one episode: compare the highest marks.
  const [early, late] = [heaps.slice(0, heaps.length / 2), heaps.slice(heaps.length / 2)].map((half) => Math.max(...half));
  const { stats } = peers[0].session;
  console.log(`long run: ${episodes * EPISODE_FRAMES} frames, ${stats.rollbacks} rollbacks, ${wrong.length} bad episodes; heap at most ${early.toFixed(1)} MB in the first half, ${late.toFixed(1)} MB in the second`);
  console.log(`at most: ${stats.maxSpeculative} speculative rows, ${stats.maxSnapshots} snapshots, ${stats.maxReplay} frames replayed, a packet of ${stats.maxPacket} bytes`);
  return wrong.length || records.length !== 2 * episodes || late - early > GROWTH_MB ? 1 : 0;
}

/** Inputs that change, and never end an episode early. @param {number} player @param {number} _epoch @param {number} frame */
function longSchedule(player, _epoch, frame) {
  return (frame >> 3) % 5 === 3 ? 4 : ((frame >> 3) + player) % 3;
}

let failed;
if (values.seed) {
  const { failures } = attempt(optionsOf(Number(values.seed)));
  console.log(failures.length ? failures.join("\n") : "no failure");
  failed = failures.length;
} else {
  failed = swarm(Number(values.first ?? 1), Number(values.seeds ?? 2000)) + longRun(Number(values.frames ?? 200_000));
}
process.exitCode = failed ? 1 : 0;
