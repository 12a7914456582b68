// A plan as ops for the worker's batch, and the answer to those ops as a reply for the session. Pure.
import { RollbackError } from "./errors.js";

/** @typedef {import("./types.js").BatchPlan} BatchPlan */
/** @typedef {import("./types.js").BatchReply} BatchReply */
/** @typedef {import("./types.js").Input} Input */
/** @typedef {import("./types.js").Row} Row */
/** @typedef {{op: "reset" | "seedRng" | "step" | "saveState" | "loadState" | "dropStates" | "computeHash" | "render", params: Record<string, any>}} Op */

/**
 * @typedef {object} OpsOptions
 * @property {(inputs: readonly Input[]) => any} actionsOf what the worker's `step` takes, from one input per slot
 * @property {number} [seed] of the episode; needed by the plan that resets
 * @property {boolean} [observations] ask each step for them
 * @property {boolean} [trace] hash before and after each replayed frame too; for a debug log only
 */

/**
 * A replayed frame as a debug log shows it.
 *
 * @typedef {{frame: number, preHash: string, inputs: readonly Input[], postHash: string}} TracedFrame
 */

/**
 * Ops in the order of execution; the batch they form must be sent with `stopOnDone`.
 *
 * The state after the last step is saved, hashed and drawn by the closing ops, which run even when a step ends the
 * episode early. Then the closing snapshot bears the number of a frame that never came; the session never loads it,
 * and the next load drops it.
 *
 * @param {BatchPlan} plan
 * @param {OpsOptions} options
 * @returns {Op[]}
 */
export function planToOps(plan, { actionsOf, seed, observations = false, trace = false }) {
  /** @type {Op[]} */
  const ops = [];
  if (plan.reset) ops.push({ op: "dropStates", params: {} }, { op: "reset", params: { seed } });
  const dropped = { ...(plan.keepFrom === null ? {} : { before: plan.keepFrom }), ...(plan.load === null ? {} : { after: plan.load }) };
  if (Object.keys(dropped).length) ops.push({ op: "dropStates", params: dropped });
  if (plan.load !== null) ops.push({ op: "loadState", params: { frame: plan.load } });
  const end = plan.from + plan.steps.length;
  const traced = trace ? plan.replayed : 0;
  if (traced) ops.push({ op: "computeHash", params: {} });
  plan.steps.forEach((inputs, i) => {
    const frame = plan.from + i;
    if (plan.saves.includes(frame)) ops.push({ op: "saveState", params: { frame } });
    ops.push({ op: "step", params: { actions: actionsOf(inputs), ...(observations && { obs: true }) } });
    if (frame < end - 1 && (i < traced || plan.hashes.includes(frame))) ops.push({ op: "computeHash", params: {} });
  });
  if (plan.saves.includes(end)) ops.push({ op: "saveState", params: { frame: end } });
  if (plan.hashes.includes(end - 1) || (traced && traced === plan.steps.length)) ops.push({ op: "computeHash", params: {} });
  if (plan.render) ops.push({ op: "render", params: {} });
  return ops;
}

/**
 * @param {BatchPlan} plan
 * @param {readonly Op[]} ops that `planToOps` made of it
 * @param {readonly any[]} results in op order; after an early end, the last ones are those of the closing ops
 * @returns {{reply: BatchReply, render: any, trace: TracedFrame[]}} `render`: the result of the render op, or null
 * @throws {RollbackError} `worker-failed` when the results are not those of the ops
 */
export function foldResults(plan, ops, results) {
  const reading = new Reading(plan);
  const closing = ops.findLastIndex(({ op }) => op === "step") + 1;
  let at = 0;
  while (at < closing && !reading.done) reading.take(ops[at], results[at++]);
  reading.early = at < closing;
  for (let i = closing; i < ops.length; i++) reading.take(ops[i], results[reading.early ? results.length - ops.length + i : i]);
  return reading.fold();
}

/** Collects what the results say, one op after the other. */
class Reading {
  /** The episode ended before the last step; what follows is about another frame than the ops say. */
  early = false;
  /** @type {Row[]} */
  #rows = [];
  /** @type {number[]} */
  #saved = [];
  /** Hash after each frame; `from - 1` stands for what was before. @type {Map<number, string>} */
  #hashes = new Map();
  /** @type {any} */
  #render = null;

  /** @param {BatchPlan} plan */
  constructor(plan) {
    this.plan = plan;
  }

  get done() {
    return this.#rows.at(-1)?.done === true;
  }

  /** @param {Op} op @param {any} result */
  take({ op, params }, result) {
    if (result === undefined) throw new RollbackError("worker-failed", `The worker did not answer the op ${op} of batch ${this.plan.id}.`);
    const last = this.plan.from + this.#rows.length - 1;
    if (op === "step") {
      const { actions = null, rewards, terminateds, truncateds, infos, obs, done } = result;
      const inputs = this.plan.steps[this.#rows.length];
      this.#rows.push({ frame: last + 1, inputs, actions, rewards, terminateds, truncateds, infos, ...(obs && { obs }), done, stateHash: null });
    } else if (op === "computeHash") this.#hashes.set(last, result.hash);
    else if (op === "render") this.#render = result;
    else if (op === "saveState" && !this.early) this.#saved.push(params.frame);
  }

  fold() {
    const { id, epoch, replayed, hashes: wanted } = this.plan;
    const hashes = [...this.#hashes].map(([frame, hash]) => ({ frame, hash })).filter(({ frame }) => this.early || wanted.includes(frame));
    /** @type {TracedFrame[]} */
    const trace = [];
    for (const { frame, inputs } of this.#rows.slice(0, replayed)) {
      const [preHash, postHash] = [this.#hashes.get(frame - 1), this.#hashes.get(frame)];
      if (preHash && postHash) trace.push({ frame, preHash, inputs, postHash });
    }
    return { reply: { id, epoch, rows: this.#rows, saved: this.#saved, hashes }, render: this.#render, trace };
  }
}
