// What the rollback session costs by itself, and how many frames it replays, beside the reference model's figures.
//   node tests/benchmarks/rollback.mjs
import console from "node:console";
import { performance } from "node:perf_hooks";
import { BASE } from "../js/rollback/sim/cases.js";
import { runFleet } from "../js/rollback/sim/fleet.js";
import { loadRollback } from "../js/rollback/sim/load_rollback.js";
import { judge } from "../js/rollback/sim/oracle.js";
import { Table } from "../js/rollback/sim/pair.js";

const production = await loadRollback([]);
const SEEDS = 20;

/** Links of the specification's table: round trip, loss. */
const LINKS = {
  "40 ms, 0.5 %": { loss: 0.005, delay: 18, jitter: 4 },
  "120 ms, 2 %": { loss: 0.02, dup: 0.005, delay: 50, jitter: 20, burstRate: 0.002, burstLen: 4 },
  "200 ms, 5 %": { loss: 0.05, dup: 0.01, delay: 75, jitter: 50, burstRate: 0.005, burstLen: 6 },
};

/** Per 100 frames, as the model measured it: link, fps, D, K, rollbacks, replayed frames. @type {[keyof typeof LINKS, number, number, number, number | null, number][]} */
const MODEL = [
  ["40 ms, 0.5 %", 10, 0, 4, 16.9, 38],
  ["40 ms, 0.5 %", 10, 1, 4, 0.3, 1],
  ["40 ms, 0.5 %", 30, 0, 4, 12.8, 32],
  ["40 ms, 0.5 %", 30, 1, 4, 5.1, 11],
  ["40 ms, 0.5 %", 30, 2, 4, 0.2, 0],
  ["40 ms, 0.5 %", 60, 0, 4, 16.3, 47],
  ["40 ms, 0.5 %", 60, 3, 4, 0.0, 0],
  ["120 ms, 2 %", 30, 0, 4, 15.9, 60],
  ["120 ms, 2 %", 30, 1, 4, 12.3, 39],
  ["120 ms, 2 %", 30, 2, 4, 6.6, 18],
  ["120 ms, 2 %", 30, 3, 4, 1.6, 4],
  ["120 ms, 2 %", 60, 0, 4, 15.7, 88],
  ["120 ms, 2 %", 60, 3, 4, 11.7, 35],
  ["200 ms, 5 %", 30, 0, 4, 15.8, 79],
  ["200 ms, 5 %", 30, 2, 4, 13.0, 45],
  ["200 ms, 5 %", 60, 0, 4, 15.0, 114],
  ["200 ms, 5 %", 60, 3, 4, 13.8, 73],
  ["120 ms, 2 %", 30, 1, 1, null, 22],
  ["120 ms, 2 %", 30, 1, 2, null, 28],
  ["120 ms, 2 %", 30, 1, 8, null, 55],
];
const WINDOWS = { 10: 4, 30: 8, 60: 12 };

/** @param {(typeof MODEL)[number]} line */
function measure([link, fps, D, K]) {
  const sums = { rollbacks: 0, replayed: 0, advanced: 0, stalls: 0, undoneEnds: 0, episodes: 0, bytes: 0, ms: 0 };
  for (let seed = 1; seed <= SEEDS; seed++) {
    const P = WINDOWS[/** @type {10 | 30 | 60} */ (fps)];
    const options = { ...BASE, players: 2, fps, D, P, K, link: LINKS[link], maxSteps: 400, episodes: 2, changeRate: 0.2, workMs: 1, seed };
    const result = runFleet(options, production);
    const failures = judge(options, result);
    if (failures.length) throw new Error(`seed ${seed}: ${failures[0]}`);
    for (const { session, records } of result.peers) {
      for (const name of /** @type {const} */ (["rollbacks", "replayed", "advanced", "stalls", "undoneEnds", "bytes"])) sums[name] += session.stats[name];
      sums.episodes += records.length;
      sums.ms += result.now;
    }
  }
  return sums;
}

/** @param {number} value @param {number} [digits] */
const cell = (value, digits = 1) => value.toFixed(digits).padStart(6);

/** Median and 99th percentile, µs. @param {number[]} times ms */
function spread(times) {
  const sorted = [...times].sort((a, b) => a - b);
  return `${cell(1000 * sorted[sorted.length >> 1])} µs median, ${cell(1000 * sorted[Math.floor(0.99 * sorted.length)])} µs at 99 %`;
}

/**
 * Ticks of one session alone, its worker's answers made at once and not counted.
 *
 * @param {number} lateness rounds that packets take: 0 gives no rollback, more gives one per changed input
 */
function tickCosts(lateness) {
  /** @type {{plain: number[], rollback: number[]}} */
  const costs = { plain: [], rollback: [] };
  for (let run = 0; run < 8; run++) {
    const table = new Table(production, { inputDelay: lateness ? 1 : 2, predictionWindow: 8, snapshotInterval: 4, hashInterval: 30 }, 4000);
    /** @type {typeof table.mail[]} */
    const late = [];
    const { sessions } = table;
    for (const [me, session] of sessions.entries()) {
      const tick = session.tick.bind(session);
      session.tick = (now) => {
        const before = performance.now();
        const result = tick(now);
        const ms = performance.now() - before;
        if (me === 0 && session.phase === "running" && run) costs[result.batch?.load != null ? "rollback" : "plain"].push(ms);
        return result;
      };
    }
    for (let round = 0; round < 2500; round++) {
      table.now += 33;
      if (round % 5 === 0) sessions[1].setInput(Uint8Array.of(round % 3));
      sessions.forEach((_, me) => table.play(me));
      late.push(table.mail.splice(0));
      if (late.length > lateness) table.mail = /** @type {typeof table.mail} */ (late.shift());
      table.deliver();
    }
  }
  return costs;
}

const punctual = tickCosts(0);
const belated = tickCosts(4);
console.log("one tick of the session alone, production build, 2 peers, P 8, K 4 (the model: 12 µs on average)");
console.log(`  inputs in time          ${spread(punctual.plain)}   (${punctual.plain.length} ticks)`);
console.log(`  inputs late, no rollback${spread(belated.plain)}   (${belated.plain.length} ticks)`);
console.log(`  with a rollback         ${spread(belated.rollback)}   (${belated.rollback.length} ticks)`);

console.log(`\nper 100 frames, 2 peers, repeat-last, 20 % input changes per frame, ${SEEDS} seeds x 2 episodes`);
console.log("                         rollbacks      replayed                undone ends   kB/s");
console.log("link          fps D K   here  model    here  model   stalls    per 100 ep   per peer");
for (const line of MODEL) {
  const [link, fps, D, K, rollbacks, replayed] = line;
  const { advanced, ...sums } = measure(line);
  const per = (/** @type {number} */ value) => (100 * value) / advanced;
  console.log(
    `${link.padEnd(13)} ${String(fps).padStart(3)} ${D} ${K} ${cell(per(sums.rollbacks))} ${rollbacks === null ? "     -" : cell(rollbacks)}  ${cell(per(sums.replayed))} ${cell(replayed)}   ` +
      `${cell(per(sums.stalls))}      ${cell((100 * sums.undoneEnds) / sums.episodes, 0)}     ${cell(sums.bytes / sums.ms, 2)}`,
  );
}
