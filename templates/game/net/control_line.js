// The control line to one seat: its messages numbered, so that each is heard once and in order, by whatever path it came.

/** Messages that may wait for an earlier one. */
const MAX_EARLY = 512;

/** @typedef {{n: number, data: any}} Numbered */

/**
 * A channel that dies may have delivered what nobody acknowledged, or not: what goes by another path then is said
 * again, and the other end leaves out what it has heard.
 */
export class ControlLine {
  #next = 0;
  /** Sent, not acknowledged yet. @type {Numbered[]} */
  #kept = [];
  #due = 0;
  /** @type {Map<number, any>} */
  #early = new Map();

  /** @returns {number} of the message that is to be heard next: all before it were heard */
  get due() {
    return this.#due;
  }

  /** @returns {boolean} whether all that was sent by a channel is known to have been heard */
  get isHeard() {
    return this.#kept.length === 0;
  }

  /**
   * @param {any} data of the next message, as JSON has it
   * @returns {Numbered} what is to be sent; kept until it is acknowledged
   */
  write(data) {
    const message = { n: this.#next++, data };
    this.#kept.push(message);
    return message;
  }

  /** @param {unknown} due the other end has heard all messages before this number */
  acknowledged(due) {
    this.#kept = this.#kept.filter(({ n }) => !(n < Number(due)));
  }

  /** @returns {Numbered[]} what is not acknowledged, in order; for a carrier that loses nothing, as nothing is kept any more */
  release() {
    return this.#kept.splice(0);
  }

  /**
   * @param {any} message as it came; what is none of ours is left out
   * @returns {any[]} the data of all messages whose turn it is now
   */
  hear(message) {
    const n = message?.n;
    if (!Number.isInteger(n) || n < this.#due || (n > this.#due && this.#early.size >= MAX_EARLY)) return [];
    this.#early.set(n, message.data);
    const turn = [];
    for (; this.#early.has(this.#due); this.#due++) {
      turn.push(this.#early.get(this.#due));
      this.#early.delete(this.#due);
    }
    return turn;
  }
}
