// The work that every variant does: the same ops, as the protocol has them.

/** @typedef {import("../../../templates/worker/protocol.js").Op} Op */

/** Steps of an episode that no measurement outlasts. */
export const ENDLESS = 1_000_000;

/** @type {Op} */
export const STEP = { op: "step", params: { actions: [1, 0] } };

/** Forty-eight steps. @type {Op[]} */
export const STEPS = Array.from({ length: 48 }, () => STEP);

/** Ten frames of a rollback: load, then step and hash, then the state. @type {Op[]} */
export const ROLLBACK = [
  { op: "loadState", params: { frame: 0 } },
  ...Array.from({ length: 10 }, () => [STEP, /** @type {Op} */ ({ op: "computeHash" })]).flat(),
  { op: "getState" },
];

/** Make the two-agent environment and keep its first state. @type {any[]} */
export const BEGIN = [
  { op: "initEnv", params: { globals: { kind: "pair", length: ENDLESS } } },
  { op: "reset", params: { seed: 1 } },
  { op: "saveState", params: { frame: 0 } },
];

/**
 * @param {import("../../../templates/worker/python.js").Python} python in this thread
 * @returns {(ops: Op[]) => void} carries out ops with one call and no message
 */
export function runner(python) {
  return (ops) => {
    const { value } = /** @type {any} */ (python.handle({ ops }));
    if (value.error) throw new Error(value.error.message);
  };
}

/**
 * @param {number[]} list ms
 * @returns {{median: number, p95: number}}
 */
export function summary(list) {
  const sorted = [...list].sort((a, b) => a - b);
  const at = (/** @type {number} */ q) => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];
  return { median: at(0.5), p95: at(0.95) };
}

/**
 * Time something many times, after a warm-up of a tenth.
 * @param {number} runs
 * @param {() => unknown} action
 * @returns {Promise<number[]>} ms each
 */
export async function times(runs, action) {
  const found = [];
  for (let i = -Math.ceil(runs / 10); i < runs; i++) {
    const started = performance.now();
    const pending = action();
    if (pending instanceof Promise) await pending;
    if (i >= 0) found.push(performance.now() - started);
  }
  return found;
}
