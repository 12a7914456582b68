// Links between peers: an unreliable one that loses, doubles, delays and reorders, and a reliable one that only delays.

/**
 * @typedef {object} LinkQuality
 * @property {number} loss probability
 * @property {number} delay ms, one way
 * @property {number} jitter ms on top, uniform
 * @property {number} [dup] probability
 * @property {number} [reorder] probability of an extra two delays
 * @property {number} [burstRate] probability that a burst of losses begins
 * @property {number} [burstLen] packets in a burst
 */

/** How long the reliable channel waits before it sends again. */
const RETRANSMIT_MS = 200;
/** How late the reliable channel is while its link is blocked. */
const BLOCKED_MS = 1500;

/** Directed links over one virtual clock. */
export class SimNet {
  /** @type {Map<string, number>} */
  #bursts = new Map();
  /** Last delivery of each reliable link, so that it stays ordered. @type {Map<string, number>} */
  #ordered = new Map();
  /** Links that deliver nothing. @type {Set<string>} */
  blocked = new Set();
  sent = 0;
  lost = 0;

  /**
   * @param {import("./event_queue.js").EventQueue} clock
   * @param {() => number} random
   * @param {LinkQuality} quality of all links
   * @param {Record<string, Partial<LinkQuality>>} [special] of some, by `from>to`
   */
  constructor(clock, random, quality, special = {}) {
    this.clock = clock;
    this.random = random;
    this.quality = quality;
    this.special = special;
  }

  /** @param {number} from @param {number} to @param {() => void} deliver */
  unreliable(from, to, deliver) {
    const { random, clock } = this;
    const key = `${from}>${to}`;
    const link = { dup: 0, reorder: 0, burstRate: 0, burstLen: 0, ...this.quality, ...this.special[key] };
    this.sent++;
    const burst = this.#bursts.get(key) ?? 0;
    if (burst) this.#bursts.set(key, burst - 1);
    else if (random() < link.burstRate) this.#bursts.set(key, link.burstLen);
    if (this.blocked.has(key) || burst || this.#bursts.get(key) || random() < link.loss) {
      this.lost++;
      return;
    }
    for (let copies = random() < link.dup ? 2 : 1; copies > 0; copies--) {
      const detour = random() < link.reorder ? 2 * link.delay : 0;
      clock.add(clock.now + link.delay + link.jitter * random() + detour, deliver);
    }
  }

  /** @param {number} from @param {number} to @param {() => void} deliver */
  reliable(from, to, deliver) {
    const { random, clock } = this;
    const key = `${from}>${to}`;
    const link = { ...this.quality, ...this.special[key] };
    let at = clock.now + link.delay + link.jitter * random();
    while (random() < link.loss) at += RETRANSMIT_MS;
    if (this.blocked.has(key)) at = Math.max(at, clock.now + BLOCKED_MS);
    at = Math.max(at, (this.#ordered.get(key) ?? 0) + 0.01);
    this.#ordered.set(key, at);
    clock.add(at, deliver);
  }
}
