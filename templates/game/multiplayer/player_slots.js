// Player slots: who plays which agent, their actions as bytes and back, and the session's rows as the game's.
import { actionBytes, isFocused } from "../rollback/input.js";
import { slotCodecs } from "../rollback/action_codec.js";
import { HOST, defaultOf, spaceOf } from "./hosted_bots.js";

/** @typedef {import("../rollback/types.js").Input} Input */
/** @typedef {import("../rows.js").Row} Row */
/** @typedef {import("../site_config.js").Action} Action */
/** @typedef {import("../site_config.js").AgentId} AgentId */
/** @typedef {import("../site_config.js").SiteConfig} SiteConfig */

/** Slot `i` is that of the player who joined as the `i`th. */
export class PlayerSlots {
  /** @type {readonly AgentId[]} */
  humans;
  /** Whose actions each slot's owner authors, the owner's own first. @type {readonly (readonly AgentId[])[]} */
  #authored;
  #codecs;
  /** By slot. @type {Action[][]} */
  #examples;
  /** What hosted bots do while nobody says otherwise. @type {Map<AgentId, Action>} */
  #idle;
  /** A row never changes, and is asked for in every tick. @type {WeakMap<import("../rollback/types.js").Row, Row>} */
  #rows = new WeakMap();

  /**
   * @param {readonly AgentId[]} humans the agents that people play, by slot
   * @param {Pick<import("../../worker/PyodideWorker.js").EnvInfo, "agents" | "actionSpaces">} env
   * @param {SiteConfig["controls"]} controls
   * @param {readonly AgentId[]} [hosted] bots whose actions the host authors
   * @throws {import("../rollback/errors.js").RollbackError} for an action space that cannot be sent, or a key whose
   *   action is not in it
   */
  constructor(humans, { agents, actionSpaces }, controls, hosted = []) {
    this.humans = humans;
    this.#authored = humans.map((agent, slot) => (slot === HOST ? [agent, ...hosted] : [agent]));
    const tables = humans.map((agent) => (Object.hasOwn(controls.agents, String(agent)) ? controls.agents[String(agent)] : controls));
    this.#examples = tables.map(({ keys, defaultAction }) => [defaultAction, ...Object.values(keys)]);
    const own = humans.map((agent, slot) => ({ space: actionSpaces[agents.indexOf(agent)] ?? spaceOf(this.#examples[slot]), defaultAction: tables[slot].defaultAction }));
    const bots = hosted.map((agent) => defaultOf(actionSpaces[agents.indexOf(agent)], controls.defaultAction));
    this.#idle = new Map(hosted.map((agent, i) => [agent, bots[i].defaultAction]));
    this.#codecs = slotCodecs(own.map((each, slot) => (slot === HOST ? [each, ...bots] : [each])));
    // A key that cannot be sent is found before the game, not when it is pressed.
    this.#examples.forEach((actions, slot) => actions.forEach((action) => this.encode(slot, action)));
  }

  /** Width of an encoded action, the same for all slots. */
  get actionBytes() {
    return this.#codecs[0].width;
  }

  /**
   * @param {number} slot
   * @returns {boolean} whether its owner authors the actions of bots too
   */
  hosts(slot) {
    return this.#authored[slot].length > 1;
  }

  /**
   * @param {number} number 0 for what everybody does while no key acts, more for other actions that keys have
   * @returns {Map<AgentId, Action>} hosted bots' too
   */
  exampleActions(number) {
    const own = this.humans.map((agent, slot) => /** @type {const} */ ([agent, this.#examples[slot][number % this.#examples[slot].length]]));
    return new Map([...own, ...this.#idle]);
  }

  /**
   * @param {number} slot
   * @param {Action} action of the player
   * @param {ReadonlyMap<AgentId, Action>} [bots] what the bots that the slot hosts do, where it is known
   * @returns {Uint8Array}
   */
  encode(slot, action, bots = this.#idle) {
    const [, ...hosted] = this.#authored[slot];
    return this.#codecs[slot].encode([action, ...hosted.map((agent) => bots.get(agent) ?? this.#idle.get(agent))]);
  }

  /**
   * @param {readonly Input[]} inputs by slot
   * @returns {Map<AgentId, Action>} hosted bots' too
   */
  actionsOf(inputs) {
    const bySlot = this.#codecs.map((codec, slot) => codec.decode(actionBytes(inputs[slot])));
    return new Map(this.#authored.flatMap((agents, slot) => agents.map((agent, i) => [agent, bySlot[slot][i]])));
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
    const { frame, inputs, rewards, terminateds, truncateds, infos, obs, stateHash } = row;
    const taken = { actions: row.actions ?? this.actionsOf(inputs), isFocused: this.focusOf(inputs) };
    /** @type {Row} */
    const made = { episode, t: frame, ...taken, rewards, terminateds, truncateds, infos, ...(obs && { observations: obs }), ...(stateHash && { stateHash }) };
    this.#rows.set(row, made);
    return made;
  }
}
