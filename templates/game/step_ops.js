// Step ops: what a lone player's page asks of the worker in a step, and the rows of what it answers.
import { makeRow } from "./rows.js";

/** @typedef {import("../worker/protocol.js").Op} Op */
/** @typedef {import("./rows.js").PlannedRow} PlannedRow */
/** @typedef {import("./rows.js").Row} Row */
/** @typedef {import("./site_config.js").AgentId} AgentId */

/** @typedef {{results: any[], done: boolean}} Answer to a batch */

/** The op comes last, so that nothing else is lost where it fails. */
const HASH = Object.freeze({ op: /** @type {const} */ ("computeHash") });

/** Steps of a site that hands them in carry hashes, and on request observations. */
export class StepOps {
  #hashInterval;
  #maxSteps;
  #seen;

  /** @param {Pick<import("./site_config.js").SiteConfig, "server" | "game">} site */
  constructor({ server, game }) {
    this.#hashInterval = server?.hashInterval ?? 0;
    this.#maxSteps = game.maxSteps;
    this.#seen = server?.observations ? { obs: true } : {};
  }

  /**
   * @param {number} t
   * @param {Map<AgentId, unknown>} actions
   * @returns {Op[]} for a batch with `stopOnDone`
   */
  ops(t, actions) {
    const step = { op: /** @type {const} */ ("step"), params: { actions, ...this.#seen } };
    const every = this.#hashInterval;
    const hashed = every > 0 && ((t + 1) % every === 0 || t + 1 === this.#maxSteps);
    return [step, { op: "render" }, ...(hashed ? [HASH] : [])];
  }

  /**
   * Wait for an answer. A state that cannot be hashed ends no game: it goes on without hashes.
   *
   * @param {readonly Op[]} ops
   * @param {Promise<Answer>} answer to them
   * @returns {Promise<Answer>}
   */
  async answered(ops, answer) {
    try {
      return await answer;
    } catch (error) {
      const { opIndex, partialResults: results, message } = /** @type {import("../worker/worker_error.js").PyodideWorkerError} */ (error);
      if (this.#hashInterval === 0 || opIndex === undefined || ops[opIndex]?.op !== HASH.op || !results) throw error;
      console.warn(`igbuild: the steps are recorded without state hashes (${message})`);
      this.#hashInterval = 0;
      return { results, done: results.some(({ done }) => done) };
    }
  }

  /**
   * @param {readonly Op[]} ops
   * @param {readonly PlannedRow[]} planned one for each `step` among them
   * @param {readonly any[]} results
   * @returns {Row[]}
   */
  rows(ops, planned, results) {
    /** @type {Row[]} */
    const rows = [];
    results.forEach((result, index) => {
      if (ops[index].op === "step") rows.push(makeRow(planned[rows.length], result));
      else if (ops[index].op === HASH.op) rows[rows.length - 1].stateHash = result.hash;
    });
    return rows;
  }

  /**
   * @param {Row} row the last of an episode
   * @returns {Op[]} what is still to be asked of it
   */
  closing({ stateHash }) {
    return this.#hashInterval > 0 && stateHash === undefined ? [HASH] : [];
  }
}
