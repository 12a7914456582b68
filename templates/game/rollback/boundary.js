// The two ends of an episode: who is ready to start, what everyone says its end was, and whether all agree.

/** @typedef {import("./outbox.js").Outbox} Outbox */
/** @typedef {import("./roster.js").Roster} Roster */
/** @typedef {{last: number, chain: string}} End the last frame, and the chain after it */

/**
 * - `reset`: the worker is to begin the episode.
 * - `ready`: it has; others may not.
 * - `running`: frames are opened.
 * - `ended`: the end is canonical; others still need our inputs to see it.
 * - `finished`: every peer has ended and said its chain.
 *
 * @typedef {"reset" | "ready" | "running" | "ended" | "finished"} Phase
 */

/** Both ends are barriers for everyone, absent peers included. */
export class Boundary {
  /** @type {Phase} */
  phase = "reset";
  /** Hash of the first state, by player. @type {Map<number, string>} */
  ready = new Map();
  /** @type {Map<number, End>} */
  ends = new Map();
  /** The lowest live slot has said START. */
  startHeard = false;
  #startSent = false;
  #startAt = Infinity;

  /**
   * @param {Roster} roster
   * @param {Outbox} outbox
   * @param {number} epoch
   */
  constructor(roster, outbox, epoch) {
    this.epoch = epoch;
    this.roster = roster;
    this.outbox = outbox;
  }

  /** The worker has reset. @param {string} hash of the first state */
  begun(hash) {
    this.phase = "ready";
    this.ready.set(this.roster.me, hash);
    this.outbox.controlAll({ t: "READY", epoch: this.epoch, hash });
  }

  /**
   * Start together: the lowest live slot gives the sign and waits as long as it takes to arrive.
   *
   * @param {number} now
   * @param {number} rtt to the farthest peer, ms
   * @returns {boolean} whether the episode starts now
   */
  tryStart(now, rtt) {
    if (this.phase !== "ready" || !this.roster.peers().every((player) => this.ready.has(player))) return false;
    this.giveSign();
    if (this.#startSent) this.#startAt = Math.min(this.#startAt, now + rtt / 2);
    if (!this.startHeard && now < this.#startAt) return false;
    this.phase = "running";
    return true;
  }

  /** Say START once, if this is the lowest live slot: also when it became that after it had started. */
  giveSign() {
    if (this.#startSent || this.roster.peers().some((player) => player < this.roster.me)) return;
    this.#startSent = true;
    this.outbox.controlAll({ t: "START", epoch: this.epoch });
  }

  /** @returns {number | null} a peer whose environment began in another state */
  differentStart() {
    const mine = this.ready.get(this.roster.me);
    return this.roster.peers().find((player) => this.ready.get(player) !== mine) ?? null;
  }

  /** The end is canonical: say so. @param {End} end */
  announceEnd(end) {
    this.phase = "ended";
    this.ends.set(this.roster.me, end);
    this.outbox.controlAll({ t: "EP_END", epoch: this.epoch, ...end });
  }

  /** @returns {boolean} whether the episode is over for everybody, since this call */
  tryFinish() {
    if (this.phase !== "ended" || !this.roster.peers().every((player) => this.ends.has(player))) return false;
    this.phase = "finished";
    return true;
  }

  /** @returns {number | null} a peer whose episode ended otherwise */
  differentEnd() {
    const mine = this.ends.get(this.roster.me);
    const differs = (/** @type {number} */ player) => {
      const end = this.ends.get(player);
      return end?.last !== mine?.last || end?.chain !== mine?.chain;
    };
    return this.roster.peers().find(differs) ?? null;
  }
}
