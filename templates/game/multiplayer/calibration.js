// Calibration: what a step, a save and a load cost on this page, and the settings that follow from it.
import { chooseInterval, fitWindow } from "../rollback/config.js";

/** @typedef {{stepMs: number, saveMs: number, loadMs: number}} Costs */
/** @typedef {Pick<import("../../worker/PyodideWorker.js").PyodideWorker, "batch" | "lastTiming">} Measured */
/** @typedef {{seed: number, actions: Map<import("../site_config.js").AgentId, unknown>}} Sample what is played meanwhile */
/** @typedef {{predictionWindow: number, snapshotInterval: number | null}} Wished */
/** @typedef {{predictionWindow: number, snapshotInterval: number}} Afforded */

/** Steps of the warm-up, so that what is measured is not the first run of anything. */
const WARM_UP = 30;
/** Measured runs; the median is taken, because now and then something else runs. */
const RUNS = 3;
/** Steps of one run at most, and the time that they may take. */
const RUN_STEPS = 100;
const RUN_MS = 500;
/** Saves and loads of one run. */
const STATES = 10;
/** Measurements at most while they say that not all that is wished can be afforded: the computer may just be busy. */
const ATTEMPTS = 3;

/**
 * Find out what a page can afford. A game must not end, or stall on every bad link, because another page was loading
 * beside this one: what else runs only ever adds to the costs, so the least that was measured counts.
 *
 * @param {Measured} worker with an environment that is made; it is left in the middle of an episode
 * @param {Sample & {wished: Wished, fps: number}} options
 * @returns {Promise<Afforded>}
 * @throws {import("../rollback/errors.js").RollbackError} `invalid-config` when the environment is too slow
 */
export async function calibrate(worker, { wished, fps, ...sample }) {
  let costs = await measureCosts(worker, sample);
  for (let attempt = 1; attempt < ATTEMPTS && !isWished(wished, costs, fps); attempt++) {
    const again = await measureCosts(worker, sample);
    const least = (/** @type {keyof Costs} */ name) => Math.min(costs[name], again[name]);
    costs = { stepMs: least("stepMs"), saveMs: least("saveMs"), loadMs: least("loadMs") };
  }
  return affordable(wished, costs, fps);
}

/**
 * Measure an environment that is made. It is left in the middle of an episode.
 *
 * @param {Measured} worker
 * @param {Sample} sample
 * @returns {Promise<Costs>} in ms, the crossing to the worker and back left out
 */
export async function measureCosts(worker, { seed, actions }) {
  const step = { op: /** @type {const} */ ("step"), params: { actions } };
  /** @param {import("../../worker/protocol.js").Op[]} ops */
  const time = async (ops) => {
    const { results } = await worker.batch(ops, { stopOnDone: true });
    return { ms: worker.lastTiming?.python ?? 0, steps: results.filter((result) => "done" in result).length };
  };
  /** @param {"saveState" | "loadState"} op @param {number} frame */
  const each = async (op, frame) => (await time(Array(STATES).fill({ op, params: { frame } }))).ms / STATES;

  await time([{ op: "reset", params: { seed } }, { op: "saveState", params: { frame: 0 } }]);
  const first = await time(Array(WARM_UP).fill(step));
  const length = Math.max(1, Math.min(RUN_STEPS, Math.floor((RUN_MS * first.steps) / Math.max(first.ms, 0.001))));
  /** @type {Costs[]} */
  const runs = [];
  for (let run = 0; run < RUNS; run++) {
    const loadMs = await each("loadState", 0);
    const { ms, steps } = await time(Array(length).fill(step));
    runs.push({ stepMs: ms / Math.max(1, steps), loadMs, saveMs: await each("saveState", 1) });
  }
  await time([{ op: "dropStates", params: {} }]);
  const of = (/** @type {keyof Costs} */ name) => median(runs.map((run) => run[name]));
  return { stepMs: of("stepMs"), saveMs: of("saveMs"), loadMs: of("loadMs") };
}

/**
 * What a page can afford: snapshots as often as they are worth it, and a window whose longest rollback fits a frame.
 *
 * @param {Wished} wished
 * @param {Costs} costs
 * @param {number} fps
 * @returns {Afforded}
 * @throws {import("../rollback/errors.js").RollbackError} `invalid-config` when the environment is too slow
 */
export function affordable({ predictionWindow, snapshotInterval }, costs, fps) {
  const interval = snapshotInterval ?? chooseInterval(costs);
  const window = fitWindow({ predictionWindow, snapshotInterval: interval, frameMs: 1000 / fps, ...costs });
  return { predictionWindow: window, snapshotInterval: interval };
}

/** Whether the wished window fits a frame. @param {Wished} wished @param {Costs} costs @param {number} fps */
function isWished(wished, costs, fps) {
  try {
    return affordable(wished, costs, fps).predictionWindow === wished.predictionWindow;
  } catch {
    return false;
  }
}

/** @param {number[]} values an odd number of them */
function median(values) {
  return values.toSorted((a, b) => a - b)[values.length >> 1];
}
