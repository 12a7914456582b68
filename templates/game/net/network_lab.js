// The network lab: bad links for a page under development, between what it sends and the channels. Not in a finished site.
import { randomStream } from "../random_stream.js";

/** @typedef {import("../rollback/types.js").Channel} Channel */

/**
 * How what this page sends fares on its way to another. Each page shapes its own direction, so a link may be asymmetric.
 *
 * @typedef {object} Quality
 * @property {number} latency ms, one way
 * @property {number} jitter ms more or less, uniform
 * @property {number} loss probability in 0 .. 1 that a packet of `inp` is lost; a message of `ctl` comes later instead
 * @property {boolean} frozen nothing passes until it is thawed, then all of it at once
 */

/** Counts of one direction since the page was loaded. @typedef {{sent: number, lost: number, delivered: number}} Passed */

/** A link as it is. @type {Readonly<Quality>} */
export const CLEAN = Object.freeze({ latency: 0, jitter: 0, loss: 0, frozen: false });

/** How long a reliable channel takes to send again what was lost, in ms. */
const RETRANSMIT_MS = 200;

/** One page's direction to one other. */
class Direction {
  /** @type {Quality} */
  quality = { ...CLEAN };
  /** @type {Passed} */
  passed = { sent: 0, lost: 0, delivered: 0 };
  #random;
  #edges;
  /** Messages of `ctl` that have not got through, in order; the first is sent again and again. @type {(() => void)[]} */
  #unsent = [];
  /** When the last message of `ctl` arrives: none overtakes another. */
  #lastControl = 0;
  /** Sent while frozen, in order. @type {(() => void)[]} */
  #held = [];

  /** @param {() => number} random @param {LabEdges} edges */
  constructor(random, edges) {
    this.#random = random;
    this.#edges = edges;
  }

  /** @param {Quality} quality from now on */
  shape(quality) {
    this.quality = quality;
    if (!quality.frozen) for (const send of this.#held.splice(0)) send();
  }

  /** @param {Channel} channel @param {() => void} transmit */
  pass(channel, transmit) {
    this.passed.sent++;
    const deliver = () => {
      if (this.quality.frozen) this.#held.push(deliver);
      else {
        this.passed.delivered++;
        transmit();
      }
    };
    if (channel === "ctl") {
      if (this.#unsent.push(deliver) === 1) this.#transmit();
    } else if (this.#random() < this.quality.loss) this.passed.lost++;
    else this.#after(this.#delay(), deliver);
  }

  #delay() {
    const { latency, jitter } = this.quality;
    return Math.max(0, latency + jitter * (2 * this.#random() - 1));
  }

  /** Send what of `ctl` waits, as far as the loss of the moment lets it. */
  #transmit() {
    for (let deliver = this.#unsent[0]; deliver; deliver = this.#unsent[0]) {
      if (this.#random() < this.quality.loss) {
        this.#edges.later(RETRANSMIT_MS, () => this.#transmit());
        return;
      }
      this.#unsent.shift();
      const now = this.#edges.now();
      this.#lastControl = Math.max(now + this.#delay(), this.#lastControl);
      this.#after(this.#lastControl - now, deliver);
    }
  }

  /** @param {number} ms @param {() => void} deliver */
  #after(ms, deliver) {
    if (ms <= 0) deliver();
    else this.#edges.later(ms, deliver);
  }
}

/**
 * @typedef {object} LabEdges
 * @property {() => number} now ms
 * @property {(ms: number, then: () => void) => void} later calls of equal time keep their order
 */

/** Shapes what this page sends; `globalThis.igbuildLab` in a development build. */
export class NetworkLab {
  #seed;
  #edges;
  /** @type {Map<number, Direction>} */
  #directions = new Map();
  /** Of links that are not there yet too. @type {Quality} */
  #common = { ...CLEAN };

  /**
   * @param {number} seed equal seeds and equal calls give equal losses and delays
   * @param {LabEdges} [edges]
   */
  constructor(seed, edges = { now: () => performance.now(), later: (ms, then) => void setTimeout(then, ms) }) {
    this.#seed = seed;
    this.#edges = edges;
  }

  /**
   * Change how packets fare from now on.
   *
   * @param {Partial<Quality>} quality what is not named stays as it is
   * @param {number | null} [seat] the other end; null: all of them
   */
  shape(quality, seat = null) {
    if (seat === null) this.#common = { ...this.#common, ...quality };
    for (const [other, direction] of this.#directions) {
      if (seat === null || seat === other) direction.shape({ ...direction.quality, ...quality });
    }
  }

  /**
   * @param {number} seat
   * @returns {(channel: Channel, transmit: () => void) => void} what a message to it goes through
   */
  link(seat) {
    const direction = this.#direction(seat);
    return (channel, transmit) => direction.pass(channel, transmit);
  }

  /** @returns {{seat: number, quality: Quality, passed: Passed}[]} a copy */
  links() {
    return [...this.#directions].map(([seat, { quality, passed }]) => ({ seat, quality: { ...quality }, passed: { ...passed } }));
  }

  /** @param {number} seat */
  #direction(seat) {
    let direction = this.#directions.get(seat);
    if (!direction) {
      direction = new Direction(randomStream(this.#seed + seat), this.#edges);
      direction.shape({ ...this.#common });
      this.#directions.set(seat, direction);
    }
    return direction;
  }
}
