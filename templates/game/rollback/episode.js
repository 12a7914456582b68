// One episode from reset to verified end: who is ready, where it ends, and whether all agree.
import { CanonicalLog } from "./canonical_log.js";
import { Slots } from "./slots.js";
import { Timeline } from "./timeline.js";

/** @typedef {import("./types.js").EpisodeRecord} EpisodeRecord */
/** @typedef {import("./types.js").EpisodeStatus} EpisodeStatus */
/** @typedef {import("./config.js").SessionConfig} SessionConfig */
/** @typedef {import("./outbox.js").Outbox} Outbox */
/** @typedef {import("./roster.js").Roster} Roster */

/**
 * - `reset`: the worker is to begin the episode.
 * - `ready`: it has; others may not.
 * - `running`: frames are opened.
 * - `ended`: the end is canonical; others still need our inputs to see it.
 * - `finished`: every peer has ended and said its chain.
 *
 * @typedef {"reset" | "ready" | "running" | "ended" | "finished"} Phase
 */

/** Both barriers, start and end, hold for everyone, absent peers included. */
export class Episode {
  /** @type {Phase} */
  phase = "reset";
  /** Hash of the first state, by player. @type {Map<number, string>} */
  ready = new Map();
  /** @type {Map<number, {last: number, chain: string}>} */
  ends = new Map();
  /** The lowest live slot has said START. */
  startHeard = false;
  #startSent = false;
  #startAt = Infinity;

  /**
   * @param {SessionConfig} config
   * @param {Roster} roster
   * @param {Outbox} outbox
   * @param {number} epoch
   */
  constructor(config, roster, outbox, epoch) {
    this.epoch = epoch;
    this.roster = roster;
    this.outbox = outbox;
    this.slots = new Slots(config, roster);
    this.timeline = new Timeline(config);
    this.log = new CanonicalLog(this.timeline, config);
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
    const everyone = [this.roster.me, ...this.roster.peers()];
    if (this.phase !== "ready" || !everyone.every((player) => this.ready.has(player))) return false;
    if (this.roster.me === Math.min(...everyone)) {
      this.giveSign();
      this.#startAt = Math.min(this.#startAt, now + rtt / 2);
      if (!this.startHeard && now < this.#startAt) return false;
    } else if (!this.startHeard) return false;
    this.phase = "running";
    return true;
  }

  /** Say START once, if this is the lowest live slot: also when it became that after it had started. */
  giveSign() {
    if (this.#startSent || this.roster.me !== Math.min(this.roster.me, ...this.roster.peers())) return;
    this.#startSent = true;
    this.outbox.controlAll({ t: "START", epoch: this.epoch });
  }

  /** @returns {number | null} a peer whose environment began in another state */
  differentStart() {
    const mine = this.ready.get(this.roster.me);
    return this.roster.peers().find((player) => this.ready.get(player) !== mine) ?? null;
  }

  /** A speculative end: wait until it is agreed or undone. Inputs up to it come from everyone, so this is no deadlock. */
  get holding() {
    return this.timeline.newest?.done === true;
  }

  /** The end is canonical: say so. */
  announceEnd() {
    const end = { last: this.log.settled, chain: this.log.chain };
    this.phase = "ended";
    this.ends.set(this.roster.me, end);
    this.outbox.controlAll({ t: "EP_END", epoch: this.epoch, ...end });
  }

  /** @returns {boolean} whether the episode is over for everybody */
  tryFinish() {
    if (this.phase !== "ended" || !this.roster.peers().every((player) => this.ends.has(player))) return false;
    this.phase = "finished";
    return true;
  }

  /** @returns {number | null} a peer whose episode ended otherwise */
  differentEnd() {
    const { last, chain } = /** @type {{last: number, chain: string}} */ (this.ends.get(this.roster.me));
    return this.roster.peers().find((player) => this.ends.get(player)?.last !== last || this.ends.get(player)?.chain !== chain) ?? null;
  }

  /**
   * @param {EpisodeStatus} status
   * @param {number | null} firstBad
   * @returns {EpisodeRecord}
   */
  record(status, firstBad = null) {
    const { frameDataBuffer, localFacts, settled, chain } = this.log;
    return { epoch: this.epoch, status, rows: frameDataBuffer, localFacts, lastAgreed: settled, chain, firstBad };
  }
}
