// A tick of a game of several, with the toy game in a real Python worker: what going back costs beside playing on.
import { PyodideWorker } from "../../../templates/worker/PyodideWorker.js";
import { site } from "../../../templates/game/config.js";
import { PlayerSlots } from "../../../templates/game/multiplayer/player_slots.js";
import { authoredInput } from "../../../templates/game/rollback/input.js";
import { foldResults, planToOps } from "../../../templates/game/rollback/plan_to_ops.js";

const HUMANS = [0, 1];
/** Frames before the one at which every measured tick begins. */
const START = 20;

/**
 * @typedef {object} Tick
 * @property {number} back frames to replay
 * @property {number} interval between snapshots
 * @property {boolean} [trace] hash every replayed frame
 */

/** @type {Record<string, Tick>} */
const TICKS = {
  "no rollback": { back: 0, interval: 4 },
  "no rollback, saved": { back: 0, interval: 1 },
  "rollback of 1": { back: 1, interval: 4 },
  "rollback of 4": { back: 4, interval: 4 },
  "rollback of 11, the longest at 30 fps": { back: 11, interval: 4 },
  "rollback of 11, saved each": { back: 11, interval: 1 },
  "rollback of 11, traced": { back: 11, interval: 4, trace: true },
};

/** @param {PlayerSlots} slots @param {Tick} tick */
function planOf(slots, { back, interval }) {
  const from = START - back;
  const frames = Array.from({ length: back + 1 }, (_, i) => from + i);
  const inputs = (/** @type {number} */ frame) => HUMANS.map((_, slot) => authoredInput(slots.encode(slot, (frame + slot) % 5), false));
  return {
    id: 1, epoch: 0, reset: false, keepFrom: null, load: back ? from : null, from, steps: frames.map(inputs),
    saves: frames.filter((frame) => frame > from && frame % interval === 0), hashes: [], replayed: back, render: true,
  };
}

/**
 * @param {number} runs of each tick
 * @returns {Promise<Record<string, {python: number[], whole: number[]}>>} ms: in Python, and from plan to rows
 */
async function measure(runs) {
  const worker = new PyodideWorker({ url: IGBUILD_WORKER_URL, timeouts: site.timeouts });
  await worker.init(site.worker);
  const env = await worker.initEnv({});
  const slots = new PlayerSlots(HUMANS, env, site.controls);
  const actionsOf = (/** @type {any} */ inputs) => slots.actionsOf(inputs);
  const walk = Array.from({ length: START + 1 }, (_, frame) => [
    { op: /** @type {const} */ ("saveState"), params: { frame } },
    { op: /** @type {const} */ ("step"), params: { actions: slots.exampleActions(frame) } },
  ]);
  // A rollback drops the states after the one it loads, so each tick begins with all of them made anew.
  const prepare = () => worker.batch([{ op: "reset", params: { seed: 1 } }, ...walk.flat(), { op: "loadState", params: { frame: START } }]);

  /** @type {Record<string, {python: number[], whole: number[]}>} */
  const found = { "solo tick": { python: [], whole: [] }, ...Object.fromEntries(Object.keys(TICKS).map((name) => [name, { python: [], whole: [] }])) };
  const note = (/** @type {string} */ name, /** @type {number} */ since) => {
    found[name].whole.push(performance.now() - since);
    found[name].python.push(worker.lastTiming?.python ?? 0);
  };
  for (let run = 0; run < runs; run++) {
    await prepare();
    const since = performance.now();
    await worker.batch([{ op: "step", params: { actions: slots.exampleActions(run) } }, { op: "render" }], { stopOnDone: true });
    note("solo tick", since);
    for (const [name, tick] of Object.entries(TICKS)) {
      await prepare();
      const begun = performance.now();
      const plan = planOf(slots, tick);
      const ops = planToOps(plan, { actionsOf, trace: tick.trace });
      const { results } = await worker.batch(/** @type {any} */ (ops), { stopOnDone: true });
      foldResults(plan, ops, results);
      note(name, begun);
    }
  }
  worker.destroy();
  return found;
}

Object.assign(globalThis, { measure });
