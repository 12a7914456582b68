// Player slots: who plays which agent, their actions as bytes and back, and the session's rows as the game's.
import { actionBytes, isFocused } from "../rollback/input.js";
import { slotCodecs } from "../rollback/action_codec.js";

/** @typedef {import("../rollback/types.js").Input} Input */
/** @typedef {import("../rows.js").Row} Row */
/** @typedef {import("../site_config.js").Action} Action */
/** @typedef {import("../site_config.js").AgentId} AgentId */
/** @typedef {import("../site_config.js").SiteConfig} SiteConfig */

/** Slot `i` is that of the player who joined as the `i`th. */
export class PlayerSlots {
  /** @type {readonly AgentId[]} */
  humans;
  #codecs;
  /** By slot. @type {Action[][]} */
  #examples;
  /** A row never changes, and is asked for in every tick. @type {WeakMap<import("../rollback/types.js").Row, Row>} */
  #rows = new WeakMap();

  /**
   * @param {readonly AgentId[]} humans the agents that people play, by slot
   * @param {Pick<import("../../worker/PyodideWorker.js").EnvInfo, "agents" | "actionSpaces">} env
   * @param {SiteConfig["controls"]} controls
   * @throws {import("../rollback/errors.js").RollbackError} for an action space that cannot be sent, or a key whose
   *   action is not in it
   */
  constructor(humans, { agents, actionSpaces }, controls) {
    this.humans = humans;
    const tables = humans.map((agent) => (Object.hasOwn(controls.agents, String(agent)) ? controls.agents[String(agent)] : controls));
    this.#examples = tables.map(({ keys, defaultAction }) => [defaultAction, ...Object.values(keys)]);
    const spaces = humans.map((agent, slot) => actionSpaces[agents.indexOf(agent)] ?? spaceOf(this.#examples[slot]));
    this.#codecs = slotCodecs(tables.map(({ defaultAction }, slot) => ({ space: spaces[slot], defaultAction })));
    // A key that cannot be sent is found before the game, not when it is pressed.
    this.#examples.forEach((actions, slot) => actions.forEach((action) => this.encode(slot, action)));
  }

  /** Width of an encoded action, the same for all slots. */
  get actionBytes() {
    return this.#codecs[0].width;
  }

  /**
   * @param {number} number 0 for what everybody does while no key acts, more for other actions that keys have
   * @returns {Map<AgentId, Action>}
   */
  exampleActions(number) {
    return new Map(this.humans.map((agent, slot) => [agent, this.#examples[slot][number % this.#examples[slot].length]]));
  }

  /**
   * @param {number} slot
   * @param {Action} action
   * @returns {Uint8Array}
   */
  encode(slot, action) {
    return this.#codecs[slot].encode(action);
  }

  /**
   * @param {readonly Input[]} inputs by slot
   * @returns {Map<AgentId, Action>}
   */
  actionsOf(inputs) {
    return new Map(this.humans.map((agent, slot) => [agent, this.#codecs[slot].decode(actionBytes(inputs[slot]))]));
  }

  /**
   * @param {readonly Input[]} inputs by slot
   * @returns {Map<AgentId, boolean>}
   */
  focusOf(inputs) {
    return new Map(this.humans.map((agent, slot) => [agent, isFocused(inputs[slot])]));
  }

  /**
   * @param {number} episode
   * @param {import("../rollback/types.js").Row} row of the session
   * @returns {Row}
   */
  rowOf(episode, row) {
    const known = this.#rows.get(row);
    if (known) {
      // A row's hash may come with a later answer than the row.
      if (row.stateHash) known.stateHash = row.stateHash;
      return known;
    }
    const { frame, inputs, rewards, terminateds, truncateds, infos, stateHash } = row;
    const taken = { actions: this.actionsOf(inputs), isFocused: this.focusOf(inputs) };
    /** @type {Row} */
    const made = { episode, t: frame, ...taken, rewards, terminateds, truncateds, infos, ...(stateHash && { stateHash }) };
    this.#rows.set(row, made);
    return made;
  }
}

/**
 * The space of an environment that names none.
 *
 * @param {Action[]} actions all that keys can do
 * @returns {import("../rollback/action_codec.js").ActionSpace} that `slotCodecs` refuses unless they are whole numbers
 */
function spaceOf(actions) {
  const numbers = /** @type {number[]} */ (actions);
  const start = Math.min(...numbers);
  return { kind: "discrete", n: Math.max(...numbers) - start + 1, start };
}
