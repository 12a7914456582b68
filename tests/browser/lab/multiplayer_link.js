// A loopback net: links between the peers of one page that lose, delay, double, reorder and fall silent, from one seed.
import { randomStream } from "../../../templates/game/random_stream.js";

/** @typedef {import("../../../templates/game/multiplayer/multiplayer_parts.js").Link} Link */

/**
 * @typedef {object} Quality
 * @property {number} loss probability
 * @property {number} delay ms, one way
 * @property {number} jitter ms more or less, uniform
 * @property {number} [double] probability of a second copy
 * @property {number} [reorder] probability of a detour of another delay
 */

/** How long a reliable channel takes to notice a loss. */
const RETRANSMIT_MS = 200;

/** One peer's end. @implements {Link} */
class End {
  /** Arrived before anybody listened. @type {Parameters<NonNullable<Link["onMessage"]>>[]} */
  #early = [];
  /** @type {Link["onMessage"]} */
  #listener = null;

  /** @param {Link["send"]} send */
  constructor(send) {
    this.send = send;
  }

  get onMessage() {
    return this.#listener;
  }

  set onMessage(listener) {
    this.#listener = listener;
    if (listener) for (const message of this.#early.splice(0)) listener(...message);
  }

  /** @param {Parameters<NonNullable<Link["onMessage"]>>} message */
  receive(...message) {
    if (this.#listener) this.#listener(...message);
    else this.#early.push(message);
  }
}

export class LoopbackNet {
  /** Nothing passes. */
  blackout = false;
  sent = 0;
  lost = 0;
  #random;
  #quality;
  /** @type {End[]} */
  #ends;
  /** Peers whose page is frozen, and what waits for them. @type {Map<number, (() => void)[]>} */
  #frozen = new Map();
  /** When the reliable channel between two peers delivers next, by `from>to`. @type {Map<string, number>} */
  #ordered = new Map();

  /** @param {number} seed @param {Quality} quality @param {number} peers */
  constructor(seed, quality, peers) {
    this.#random = randomStream(seed);
    this.#quality = quality;
    this.#ends = Array.from({ length: peers }, (_, me) => new End((to, channel, data) => this.#send(me, to, channel, data)));
  }

  /**
   * @param {number} me
   * @returns {Link}
   */
  link(me) {
    return this.#ends[me];
  }

  /** @param {number} peer */
  freeze(peer) {
    this.#frozen.set(peer, []);
  }

  /** @param {number} peer */
  thaw(peer) {
    const waiting = this.#frozen.get(peer) ?? [];
    this.#frozen.delete(peer);
    for (const deliver of waiting) deliver();
  }

  /** @param {number} from @param {number} to @param {string} channel @param {any} data */
  #send(from, to, channel, data) {
    if (channel === "ctl") this.#reliable(from, to, JSON.stringify(data));
    else this.#unreliable(from, to, data.slice());
  }

  #delay() {
    const { delay, jitter } = this.#quality;
    return delay + jitter * (2 * this.#random() - 1);
  }

  /** @param {number} from @param {number} to @param {Uint8Array} bytes */
  #unreliable(from, to, bytes) {
    const { loss, double = 0, reorder = 0, delay } = this.#quality;
    this.sent++;
    if (this.blackout || this.#random() < loss) {
      this.lost++;
      return;
    }
    for (let copies = this.#random() < double ? 2 : 1; copies > 0; copies--) {
      const detour = this.#random() < reorder ? delay : 0;
      setTimeout(() => this.#deliver(to, () => this.#ends[to].receive(from, "inp", bytes)), this.#delay() + detour);
    }
  }

  /** @param {number} from @param {number} to @param {string} text */
  #reliable(from, to, text) {
    const key = `${from}>${to}`;
    let wait = this.#delay();
    while (this.#random() < this.#quality.loss) wait += RETRANSMIT_MS;
    const at = Math.max(performance.now() + wait, (this.#ordered.get(key) ?? 0) + 1);
    this.#ordered.set(key, at);
    setTimeout(() => this.#pass(from, to, text), at - performance.now());
  }

  /** @param {number} from @param {number} to @param {string} text */
  #pass(from, to, text) {
    if (this.blackout) setTimeout(() => this.#pass(from, to, text), RETRANSMIT_MS);
    else this.#deliver(to, () => this.#ends[to].receive(from, "ctl", JSON.parse(text)));
  }

  /** @param {number} to @param {() => void} deliver */
  #deliver(to, deliver) {
    const waiting = this.#frozen.get(to);
    if (waiting) waiting.push(deliver);
    else deliver();
  }
}
