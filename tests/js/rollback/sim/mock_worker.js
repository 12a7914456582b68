// The worker's batch protocol over the toy game: ops in, results out, snapshots by handle, stopOnDone.
import { ToyEnv } from "./toy_env.js";

const CLOSING = new Set(["saveState", "computeHash", "render"]);

/** @typedef {import("../../../../templates/game/rollback/plan_to_ops.js").Op} Op */

export class MockWorker {
  /** @type {ToyEnv | null} */
  env = null;
  /** @type {Map<number, import("./toy_env.js").ToyState>} */
  states = new Map();
  /** Ops carried out, by name. @type {Record<string, number>} */
  counts = {};
  /** Called after each step, to plant a difference. @type {((env: ToyEnv) => void) | null} */
  tamper = null;
  #over = false;

  /** @param {number} players @param {number} maxSteps */
  constructor(players, maxSteps) {
    this.players = players;
    this.maxSteps = maxSteps;
  }

  /**
   * @param {readonly Op[]} ops
   * @returns {any[]} results in op order
   */
  batch(ops) {
    const results = [];
    let done = false;
    for (const [i, op] of ops.entries()) {
      const closing = ops.slice(i).every(({ op: name }) => CLOSING.has(name));
      if (done && !closing) continue;
      const result = this.#carryOut(op);
      results.push(result);
      if (op.op === "step" && result.done) done = true;
    }
    return results;
  }

  /** @param {{op: Op["op"] | "getState", params?: any}} op @returns {any} */
  #carryOut({ op, params }) {
    this.counts[op] = (this.counts[op] ?? 0) + 1;
    if (op === "reset") {
      this.env = new ToyEnv(this.players, params.seed, this.maxSteps);
      this.#over = false;
      return { infos: [] };
    }
    if (op === "dropStates") {
      const { before = -Infinity, after = Infinity } = params;
      const all = params.before === undefined && params.after === undefined;
      for (const frame of this.states.keys()) if (all || frame < before || frame > after) this.states.delete(frame);
      return {};
    }
    const env = this.env;
    if (!env) throw new Error("no episode has begun");
    switch (op) {
      case "step": {
        if (this.#over) throw new Error("stepped after the end");
        const result = env.step(params.actions);
        this.#over = result.done;
        this.tamper?.(env);
        return result;
      }
      case "saveState":
        this.states.set(params.frame, env.getState());
        return { frame: params.frame, bytes: 0 };
      case "loadState": {
        const state = this.states.get(params.frame);
        if (!state) throw new Error(`no state of frame ${params.frame}`);
        env.setState(state);
        this.#over = false;
        return {};
      }
      case "getState":
        return env.getState();
      case "computeHash":
        return { hash: env.hash() };
      case "render":
        return { render_state: { t: env.state.t } };
      default:
        throw new Error(`no such op: ${op}`);
    }
  }
}
