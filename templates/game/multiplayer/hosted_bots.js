// Hosted bots: ONNX bots, whose scores differ a little between machines, so that one page chooses for all.
import { RollbackError } from "../rollback/errors.js";

/** @typedef {import("../../worker/protocol.js").Op} Op */
/** @typedef {import("../rollback/action_codec.js").ActionSpace} ActionSpace */
/** @typedef {import("../site_config.js").Action} Action */
/** @typedef {import("../site_config.js").AgentId} AgentId */

/** The slot whose owner chooses for the bots: the player who joined first. */
export const HOST = 0;
/** Actions of a bot where the environment does not say how many there are. */
const MANY = 65535;

/**
 * The bots of an experiment that a host chooses for. The others are Python, a part of the stepped state on every page.
 *
 * @param {Record<string, unknown>} bots by `String(agent)`
 * @param {readonly AgentId[]} agents of the environment
 * @returns {AgentId[]} in the order of agents
 */
export function hostedBots(bots, agents) {
  return agents.filter((agent) => {
    const bot = Object.hasOwn(bots, String(agent)) ? /** @type {{onnx?: string}} */ (bots[String(agent)]) : {};
    return bot.onnx !== undefined;
  });
}

/**
 * What a bot's actions are encoded by.
 *
 * @param {any} space as the environment names it, or null
 * @param {Action} wanted what everybody does while no key acts
 * @returns {{space: ActionSpace, defaultAction: Action}} the bot's first action where it has not got the one wanted
 * @throws {RollbackError} `invalid-config` for actions that are no numbers from a first one on
 */
export function defaultOf(space, wanted) {
  const known = /** @type {ActionSpace} */ (space ?? { kind: "discrete", n: MANY });
  if (known.kind.toLowerCase() !== "discrete") {
    throw new RollbackError("invalid-config", `An ONNX bot scores single actions, but its agent's are a ${known.kind}; give it a Python policy in [players.bots].`);
  }
  const first = Number(known.start ?? 0);
  const fits = typeof wanted === "number" && Number.isInteger(wanted) && wanted >= first && wanted < first + known.n;
  return { space: known, defaultAction: fits ? wanted : first };
}

/**
 * The space of an environment that names none.
 *
 * @param {Action[]} actions all that keys can do
 * @returns {ActionSpace} that codecs refuse unless they are whole numbers
 */
export function spaceOf(actions) {
  const numbers = /** @type {number[]} */ (actions);
  const start = Math.min(...numbers);
  return { kind: "discrete", n: Math.max(...numbers) - start + 1, start };
}

/** What the bots hosted here do next, asked for in the batches that are sent anyway. */
export class HostedBots {
  #here;
  /** @type {ReadonlyMap<AgentId, Action>} */
  #actions = new Map();

  /** @param {boolean} [here] whether this page is the host of any */
  constructor(here = false) {
    this.#here = here;
  }

  /** @returns {ReadonlyMap<AgentId, Action>} as of the newest answer */
  get actions() {
    return this.#actions;
  }

  /**
   * Ask for the actions in the state that a batch ends with.
   *
   * @param {Op[]} ops
   * @returns {Op[]}
   */
  ask(ops) {
    if (!this.#here) return ops;
    const last = ops.findLastIndex(({ op }) => op === "step" || op === "reset");
    return ops.map((op, i) => (i === last ? { ...op, params: { ...op.params, propose: true } } : op));
  }

  /** @param {readonly any[]} results of a batch */
  hear(results) {
    this.#actions = results.findLast((result) => result?.proposed)?.proposed ?? this.#actions;
  }
}
