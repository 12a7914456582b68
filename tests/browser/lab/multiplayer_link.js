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

/** How long a check may take. */
const CHECK_MS = 3000;
/** How long a reliable channel takes to notice a loss. */
const RETRANSMIT_MS = 200;

/** One peer's end. @implements {Link} */
class End {
  /** Arrived before anybody listened. @type {Parameters<NonNullable<Link["onMessage"]>>[]} */
  #early = [];
  /** @type {Link["onMessage"]} */
  #listener = null;

  /** @param {Link["send"]} send @param {Link["check"]} check */
  constructor(send, check) {
    this.send = send;
    this.check = check;
  }

  letGo() {}

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
    const end = (/** @type {number} */ me) => new End((to, channel, data) => this.#send(me, to, channel, data), (seats) => this.#check(me, seats));
    this.#ends = Array.from({ length: peers }, (_, me) => end(me));
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
    const text = channel === "ctl" ? JSON.stringify(data) : "";
    if (channel === "ctl") this.#reliable(from, to, () => this.#ends[to].receive(from, "ctl", JSON.parse(text)));
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

  /** Go there and back to all. @param {number} me @param {readonly number[]} seats */
  async #check(me, seats) {
    const trips = seats.map((to) => new Promise((resolve) => this.#reliable(me, to, () => this.#reliable(to, me, () => resolve(undefined)))));
    await Promise.race([Promise.all(trips), new Promise((resolve) => setTimeout(resolve, CHECK_MS))]);
  }

  /** @param {number} from @param {number} to @param {() => void} arrive */
  #reliable(from, to, arrive) {
    const key = `${from}>${to}`;
    let wait = this.#delay();
    while (this.#random() < this.#quality.loss) wait += RETRANSMIT_MS;
    const at = Math.max(performance.now() + wait, (this.#ordered.get(key) ?? 0) + 1);
    this.#ordered.set(key, at);
    setTimeout(() => this.#pass(to, arrive), at - performance.now());
  }

  /** @param {number} to @param {() => void} arrive */
  #pass(to, arrive) {
    if (this.blackout) setTimeout(() => this.#pass(to, arrive), RETRANSMIT_MS);
    else this.#deliver(to, arrive);
  }

  /** @param {number} to @param {() => void} deliver */
  #deliver(to, deliver) {
    const waiting = this.#frozen.get(to);
    if (waiting) waiting.push(deliver);
    else deliver();
  }
}
