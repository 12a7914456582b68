// Key state: which keys are down, and the action that follows for each agent in each step.

/** @typedef {import("../site_config.js").AgentId} AgentId */
/** @typedef {import("../site_config.js").Action} Action */
/** @typedef {import("./bindings.js").Binding} Binding */
/** @typedef {import("./bindings.js").Bindings} Bindings */

/**
 * An action and where it came from. Times are ms since the epoch; null where no key was involved.
 *
 * @typedef {object} Sample
 * @property {Action} action
 * @property {string | null} keys the binding's name, null for the default action
 * @property {number | null} pressedAt when its last key went down
 */

/** @typedef {{order: number, at: number, down: boolean, sampled: boolean}} Press */

/** Keystrokes that may wait for a step; a participant who hammers a key does not want the hundredth of them. */
export const MAX_QUEUED = 16;

/** Follows key events and answers one action per agent and step. */
export class KeyState {
  #bindings;
  #mode;
  #order = 0;
  /** @type {Map<string, Press>} by matched key name */
  #presses = new Map();
  /** @type {Map<string, string>} physical key (`event.code`) to name: letting go of Shift first changes `event.key` */
  #names = new Map();
  /** @type {Map<AgentId, Sample[]>} */
  #queues;

  /**
   * @param {Bindings} bindings
   * @param {"pressed_keys" | "single_keystroke"} mode
   */
  constructor(bindings, mode) {
    this.#bindings = bindings;
    this.#mode = mode;
    this.#queues = new Map([...bindings.agents.keys()].map((agent) => [agent, []]));
  }

  /**
   * @param {{code: string, key: string, repeat: boolean, at: number}} event a key went down
   * @returns {boolean} whether it is one of the experiment's
   */
  press({ code, key, repeat, at }) {
    if (!this.#bindings.has(key)) return false;
    if (repeat) return true;
    const name = this.#bindings.name(key);
    this.#names.set(code, name);
    this.#presses.set(name, { order: ++this.#order, at, down: true, sampled: false });
    if (this.#mode === "single_keystroke") this.#enqueue(name, at);
    return true;
  }

  /**
   * @param {{code: string}} event a key went up
   */
  release({ code }) {
    const name = this.#names.get(code);
    if (name === undefined) return;
    this.#names.delete(code);
    if ([...this.#names.values()].includes(name)) return;
    const press = this.#presses.get(name);
    // A tap shorter than a step still counts for one.
    if (press && !press.sampled && this.#mode === "pressed_keys") press.down = false;
    else this.#presses.delete(name);
  }

  /**
   * @param {{ctrlKey: boolean, altKey: boolean, metaKey: boolean}} event
   * @returns {boolean} whether every modifier that is held is one of the experiment's keys
   */
  bindsModifiers({ ctrlKey, altKey, metaKey }) {
    const held = [ctrlKey && "Control", altKey && "Alt", metaKey && "Meta"];
    return held.every((key) => !key || this.#bindings.has(key));
  }

  /** Let go of every key, as when the window loses the focus and their going up would never be heard. */
  releaseAll() {
    this.#names.clear();
    this.#presses.clear();
  }

  /** Forget keys and waiting keystrokes. */
  clear() {
    this.releaseAll();
    for (const queue of this.#queues.values()) queue.length = 0;
  }

  /**
   * Take each agent's action for one step.
   *
   * @returns {Map<AgentId, Sample>}
   */
  sample() {
    /** @type {Map<AgentId, Sample>} */
    const samples = new Map();
    for (const [agent, { defaultAction, bindings }] of this.#bindings.agents) {
      const idle = { action: defaultAction, keys: null, pressedAt: null };
      const found = this.#mode === "pressed_keys" ? this.#match(bindings) : this.#queues.get(agent)?.shift();
      samples.set(agent, found ?? idle);
    }
    for (const [name, press] of this.#presses) {
      press.sampled = true;
      if (!press.down) this.#presses.delete(name);
    }
    return samples;
  }

  /**
   * @param {string} name
   * @param {number} at
   */
  #enqueue(name, at) {
    for (const [agent, { bindings }] of this.#bindings.agents) {
      const found = this.#match(bindings.filter(({ keys }) => keys.includes(name)));
      const queue = this.#queues.get(agent);
      if (found && queue && queue.length < MAX_QUEUED) queue.push({ ...found, pressedAt: at });
    }
  }

  /**
   * The largest combination whose keys are all down; among equals the one pressed last.
   *
   * @param {readonly Binding[]} bindings larger ones first
   * @returns {Sample | undefined}
   */
  #match(bindings) {
    /** @type {{binding: Binding, press: Press} | undefined} */
    let best;
    for (const binding of bindings) {
      if (best && binding.keys.length < best.binding.keys.length) break;
      const last = this.#lastPress(binding);
      if (last && (!best || last.order > best.press.order)) best = { binding, press: last };
    }
    return best && { action: best.binding.action, keys: best.binding.name, pressedAt: best.press.at };
  }

  /**
   * @param {Binding} binding
   * @returns {Press | undefined} the latest press among its keys; undefined unless all are down
   */
  #lastPress({ keys }) {
    /** @type {Press | undefined} */
    let last;
    for (const key of keys) {
      const press = this.#presses.get(key);
      if (!press) return undefined;
      if (!last || press.order > last.order) last = press;
    }
    return last;
  }
}
