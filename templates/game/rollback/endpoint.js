// The other end of one link: how long it has been silent, how far away it is, how far along it seems.
import { Arrivals } from "./arrivals.js";

/** Milliseconds between pings. */
const PING_MS = 250;
/** Round trips whose median counts: one spike moves nothing. */
const RTT_WINDOW = 7;

/** @typedef {import("./wire.js").InputMessage} InputMessage */
/** @typedef {import("./wire.js").PingMessage} PingMessage */

/** Knows no game state. Times are milliseconds of one monotonic clock. */
export class Endpoint {
  /** When anything was heard last. */
  lastSeen;
  /** Whether its silence has been reported. */
  interrupted = false;
  /** Whether its connection is being restored, which deserves more patience. */
  recovering = false;
  /** Whether its page was hidden when it last spoke: for the screen, as the game goes by its inputs. */
  hidden = false;
  /** Frames that the remote sees itself ahead of this peer. */
  advantage = 0;
  /** Frames that this peer seems ahead of the remote, last told to it. */
  lead = 0;
  /** Of its pings. */
  arrivals = new Arrivals();
  /** @type {number[]} */
  #trips = [];
  #seq = 0;
  #pingedAt = -Infinity;
  /** @type {{epoch: number, frame: number, at: number} | null} */
  #position = null;

  /**
   * @param {number} player
   * @param {number} now
   */
  constructor(player, now) {
    this.player = player;
    this.lastSeen = now;
  }

  /** @param {number} now */
  heard(now) {
    this.lastSeen = Math.max(this.lastSeen, now);
  }

  /** @returns {number} round trip in ms; 0 before the first */
  get rtt() {
    if (!this.#trips.length) return 0;
    return [...this.#trips].sort((a, b) => a - b)[this.#trips.length >> 1];
  }

  /**
   * @param {number} now
   * @returns {{seq: number, time: number} | null} a ping, when one is due
   */
  ping(now) {
    if (now - this.#pingedAt < PING_MS) return null;
    this.#pingedAt = now;
    return { seq: this.#seq++, time: now };
  }

  /**
   * @param {PingMessage} pong
   * @param {number} now
   */
  onPong({ seq, time }, now) {
    if (seq >= this.#seq || !(time <= now)) return;
    this.#trips.push(now - time);
    if (this.#trips.length > RTT_WINDOW) this.#trips.shift();
  }

  /**
   * @param {InputMessage} message of the current episode
   * @param {number} now
   */
  onInput({ epoch, frame, advantage, hidden, holding, stalled }, now) {
    this.advantage = advantage;
    this.hidden = hidden;
    if (this.#position?.epoch === epoch && frame < this.#position.frame) return;
    this.#position = holding || stalled ? null : { epoch, frame, at: now };
  }

  /**
   * How far this peer is ahead of where the remote must be by now.
   *
   * @param {number} epoch
   * @param {number} frame this peer opens next
   * @param {number} frameMs
   * @param {number} now
   * @returns {number | null} in frames; null while the remote does not advance, so nothing can be said
   */
  measureLead(epoch, frame, frameMs, now) {
    if (this.#position?.epoch !== epoch) return null;
    const travelled = (now - this.#position.at + this.rtt / 2) / frameMs;
    return (this.lead = frame - (this.#position.frame + travelled));
  }
}
