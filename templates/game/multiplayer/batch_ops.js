// Batch ops: what the session plans as the worker's ops, and the worker's answer as the session takes it.
import { foldResults, planToOps } from "../rollback/plan_to_ops.js";
//% if dev
import { replayLines, rollbackLine } from "./trace.js";
//% endif

/** @typedef {import("../../worker/protocol.js").Op} Op */
/** @typedef {import("../rollback/types.js").BatchPlan} BatchPlan */
/** @typedef {import("../rollback/types.js").BatchReply} BatchReply */

/** How long what a rollback moved takes to get to its place on the picture, in ms. */
const SMOOTHING = 100;

export class BatchOps {
  #bots;
  #observations;
  /** @type {(inputs: readonly import("../rollback/types.js").Input[]) => Map<unknown, unknown>} */
  #actionsOf;
  /** Takes a trace of each rollback. @type {((line: string) => void) | undefined} */
  #debug;

  /**
   * @param {import("./player_slots.js").PlayerSlots} slots
   * @param {import("./hosted_bots.js").HostedBots} bots
   * @param {object} [options]
   * @param {boolean} [options.observations] ask each step for them
   * @param {(line: string) => void} [options.debug] in a build for development
   */
  constructor(slots, bots, { observations = false, debug } = {}) {
    this.#actionsOf = (inputs) => slots.actionsOf(inputs);
    this.#bots = bots;
    this.#observations = observations;
    this.#debug = debug;
  }

  /**
   * @param {BatchPlan} plan or a part of one
   * @param {number | undefined} seed of the episode
   * @returns {Op[]}
   */
  of(plan, seed) {
    const trace = plan.load !== null && this.#debug !== undefined;
    //% if dev
    if (trace) this.#debug?.(rollbackLine(plan));
    //% endif
    return planToOps(plan, { actionsOf: this.#actionsOf, seed, trace, observations: this.#observations });
  }

  /**
   * @param {BatchPlan} plan the whole one
   * @param {readonly Op[]} ops that it became
   * @param {any[]} results of them; a picture after a rollback is marked as one to be smoothed
   * @returns {BatchReply}
   */
  fold(plan, ops, results) {
    this.#bots.hear(results);
    const { reply, render, trace } = foldResults(plan, /** @type {any} */ (ops), results);
    //% if dev
    for (const line of replayLines(trace, this.#actionsOf)) this.#debug?.(line);
    //% endif
    if (plan.load !== null && render?.render_state) render.render_state.smooth = SMOOTHING;
    return reply;
  }
}
