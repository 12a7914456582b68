// Signals: texts between seats through the hub, each delivered once and in order, whatever the hub goes through.

/** After which a text that nobody acknowledged is sent again, in ms. */
export const REPEAT_MS = 2000;
/** Texts of one sender that may wait for an earlier one. */
const MAX_EARLY = 512;

/**
 * @typedef {object} Outgoing
 * @property {number} next
 * @property {Map<number, {text: string, sentAt: number}>} waiting not acknowledged yet
 */

/** @typedef {{next: number, early: Map<number, string>}} Incoming */

export class Signals {
  #post;
  #acknowledge;
  #now;
  /** @type {Map<number, Outgoing>} */
  #to = new Map();
  /** @type {Map<number, Incoming>} */
  #from = new Map();
  /** @type {(from: number, data: any) => void} */
  onSignal = () => {};

  /**
   * @param {object} edges
   * @param {(to: number, seq: number, text: string) => void} edges.post may lose what it is given
   * @param {(to: number, seq: number) => void} edges.acknowledge the same
   * @param {() => number} edges.now ms
   */
  constructor({ post, acknowledge, now }) {
    this.#post = post;
    this.#acknowledge = acknowledge;
    this.#now = now;
  }

  /** @returns {boolean} whether all that was said is acknowledged */
  get isHeard() {
    return [...this.#to.values()].every(({ waiting }) => waiting.size === 0);
  }

  /**
   * @param {number} to seat
   * @param {object} data as JSON has it
   */
  say(to, data) {
    let out = this.#to.get(to);
    if (!out) this.#to.set(to, (out = { next: 0, waiting: new Map() }));
    const seq = out.next++;
    const text = JSON.stringify(data);
    out.waiting.set(seq, { text, sentAt: this.#now() });
    this.#post(to, seq, text);
  }

  /** @param {number} from @param {number} seq @param {string} text */
  hear(from, seq, text) {
    let incoming = this.#from.get(from);
    if (!incoming) this.#from.set(from, (incoming = { next: 0, early: new Map() }));
    if (seq > incoming.next && incoming.early.size >= MAX_EARLY) return;
    this.#acknowledge(from, seq);
    if (seq >= incoming.next) incoming.early.set(seq, text);
    for (let due = incoming.early.get(incoming.next); due !== undefined; due = incoming.early.get(incoming.next)) {
      incoming.early.delete(incoming.next++);
      const data = objectOf(due);
      if (data) this.onSignal(from, data);
    }
  }

  /** @param {number} from @param {number} seq */
  acknowledged(from, seq) {
    this.#to.get(from)?.waiting.delete(seq);
  }

  /**
   * Send again what nobody acknowledged; to be called now and then.
   *
   * @param {boolean} [all] also what was sent a moment ago, as after a reconnect
   */
  repeat(all = false) {
    const now = this.#now();
    for (const [to, { waiting }] of this.#to) {
      for (const [seq, entry] of waiting) {
        if (!all && now - entry.sentAt < REPEAT_MS) continue;
        entry.sentAt = now;
        this.#post(to, seq, entry.text);
      }
    }
  }
}

/** @param {string} text of another page, which may be anybody's @returns {object | null} null: it holds none */
function objectOf(text) {
  try {
    const data = JSON.parse(text);
    return typeof data === "object" ? data : null;
  } catch {
    return null;
  }
}
