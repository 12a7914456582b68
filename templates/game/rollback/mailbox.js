// What came in between two ticks, and what came too early: mail of an episode that has not begun here.

/** Input packets of the next episode kept until it begins here; the peers repeat them anyway. */
const MAX_FUTURE = 64;
/** Mail kept between two ticks; beyond, input packets are refused, which the peers repeat. */
const MAX_INBOX = 4096;

/** @typedef {import("./types.js").BatchReply} BatchReply */
/** @typedef {import("./control.js").ControlMessage} ControlMessage */
/** @typedef {import("./wire.js").InputMessage} InputMessage */

/** @typedef {{from: number, message: ControlMessage | InputMessage, at: number}} Letter */
/** @typedef {Letter | {reply: BatchReply} | {failure: unknown}} Mail */

/** Control messages are never refused: nobody repeats them. */
export class Mailbox {
  /** @type {Mail[]} */
  #inbox = [];
  /** @type {Letter[]} */
  #future = [];
  #futureInputs = 0;

  /** @returns {number} input packets kept for the next episode */
  get futureInputs() {
    return this.#futureInputs;
  }

  /** @param {Mail} mail */
  put(mail) {
    if (this.#inbox.length < MAX_INBOX || !("message" in mail) || "t" in mail.message) this.#inbox.push(mail);
  }

  /** @returns {Mail[]} all that came since the last call, in order */
  take() {
    return this.#inbox.splice(0);
  }

  /** A peer may be one episode ahead, never more: the end is a barrier. @param {Letter} letter */
  keep(letter) {
    if (!("t" in letter.message)) {
      if (this.#futureInputs >= MAX_FUTURE) return;
      this.#futureInputs++;
    }
    this.#future.push(letter);
  }

  /** The next episode has begun: what was kept comes before all else. */
  release() {
    this.#inbox.unshift(...this.#future.splice(0));
    this.#futureInputs = 0;
  }
}
