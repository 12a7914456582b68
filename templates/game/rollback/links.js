// All links of a session: what is read from them, who is silent, and the packets that go out each tick.
import { readControl } from "./control.js";
import { Endpoint } from "./endpoint.js";
import { RollbackError } from "./errors.js";
import { isAbsent } from "./input.js";
import { decode, encodeInput, encodePing, packetCapacity } from "./wire.js";

/** Ticks between two packets to a peer that is away: it only needs what it will replay. */
const AWAY_TICKS = 8;

/** @typedef {import("./types.js").RollbackEvent} RollbackEvent */
/** @typedef {import("./config.js").SessionConfig} SessionConfig */
/** @typedef {import("./control.js").ControlMessage} ControlMessage */
/** @typedef {import("./episode.js").Episode} Episode */
/** @typedef {import("./outbox.js").Outbox} Outbox */
/** @typedef {import("./pacing.js").Pacing} Pacing */
/** @typedef {import("./roster.js").Roster} Roster */
/** @typedef {import("./stats.js").Stats} Stats */
/** @typedef {import("./wire.js").InputMessage} InputMessage */

/**
 * How one link fares. The pings of the other side, since the first that arrived: how many it has sent by their
 * numbers, how many arrived, and how unevenly (arrivals.js).
 *
 * @typedef {object} LinkReport
 * @property {number} player
 * @property {number} rtt median round trip, ms; 0 before the first
 * @property {number} silentMs since anything was heard; `Infinity` before that
 * @property {number} expected
 * @property {number} received
 * @property {number | null} jitter ms
 */

export class Links {
  /** @type {Map<number, Endpoint>} */
  #endpoints = new Map();

  /**
   * @param {SessionConfig} config
   * @param {Roster} roster
   * @param {Outbox} outbox
   * @param {Stats} stats
   */
  constructor(config, roster, outbox, stats) {
    this.config = config;
    this.roster = roster;
    this.outbox = outbox;
    this.stats = stats;
    for (const player of roster.peers()) this.#endpoints.set(player, new Endpoint(player, -Infinity));
  }

  /**
   * @param {number} player
   * @returns {Endpoint}
   * @throws {RollbackError} `misuse` for a slot that is not another peer's
   */
  to(player) {
    const endpoint = this.#endpoints.get(player);
    if (!endpoint) throw new RollbackError("misuse", `Slot ${player} is not one of the other peers'.`);
    return endpoint;
  }

  /**
   * Pings are answered here and now, so that a round trip measures the link and not the tick.
   *
   * @param {number} from slot
   * @param {import("./types.js").Channel} channel
   * @param {unknown} data
   * @param {number} now
   * @returns {ControlMessage | InputMessage | null} null: dealt with, or refused and counted
   */
  read(from, channel, data, now) {
    const endpoint = this.to(from);
    const message = channel === "ctl" ? readControl(data, this.config) : this.#readPacket(from, data);
    if (!message) {
      this.stats.malformed++;
      return null;
    }
    endpoint.heard(now);
    if ("t" in message || message.type === "input") return message;
    if (message.type === "pong") endpoint.onPong(message, now);
    else {
      endpoint.arrivals.note(message.seq, message.time, now);
      this.outbox.bytes(from, encodePing({ ...message, type: "pong", sender: this.config.me }));
    }
    return null;
  }

  /** @param {number} from @param {unknown} data */
  #readPacket(from, data) {
    const message = decode(data);
    if (!message || message.sender !== from || message.tag !== this.config.tag) return null;
    if (message.type !== "input") return message;
    const { inputBytes, players } = this.config;
    const fits = message.receipts.length === players && message.inputBytes === inputBytes && !message.inputs.some(isAbsent);
    return fits ? message : null;
  }

  /** This peer's own clock stood still: nobody's silence proves anything. @param {number} now */
  clockStopped(now) {
    for (const endpoint of this.#endpoints.values()) endpoint.heard(now);
  }

  /**
   * @param {number} now
   * @param {(player: number) => boolean} isAway
   * @returns {(Extract<RollbackEvent, {type: "PeerInterrupted" | "PeerResumed"}> | {type: "silent", player: number})[]}
   */
  listen(now, isAway) {
    const findings = [];
    for (const player of this.roster.peers()) {
      const endpoint = this.to(player);
      const silentMs = now - endpoint.lastSeen;
      const patience = endpoint.recovering || isAway(player) ? this.config.absentMs : this.config.dropMs;
      if (silentMs > patience) findings.push({ type: /** @type {const} */ ("silent"), player });
      else if (silentMs > this.config.interruptMs && !endpoint.interrupted) {
        endpoint.interrupted = true;
        findings.push({ type: /** @type {const} */ ("PeerInterrupted"), player, silentMs });
      } else if (silentMs <= this.config.interruptMs && endpoint.interrupted) {
        endpoint.interrupted = false;
        findings.push({ type: /** @type {const} */ ("PeerResumed"), player });
      }
    }
    return findings;
  }

  /** @returns {number} round trip to the farthest live peer, ms */
  maxRtt() {
    return Math.max(0, ...this.roster.peers().map((player) => this.to(player).rtt));
  }

  /**
   * @param {number} now
   * @returns {LinkReport[]} how the links to the live peers fare
   */
  report(now) {
    return this.roster.peers().map((player) => {
      const { rtt, lastSeen, arrivals } = this.to(player);
      const { expected, received, jitter } = arrivals;
      return { player, rtt, silentMs: Math.max(0, now - lastSeen), expected, received, jitter };
    });
  }

  /**
   * Sample how far this peer is ahead of each remote that plays.
   *
   * @param {number} now
   * @param {Episode} episode
   * @param {Pacing} pacing
   * @returns {number[]} the remotes that count
   */
  measure(now, episode, pacing) {
    return episode.slots.present().filter((player) => {
      const endpoint = this.to(player);
      if (now - endpoint.lastSeen > this.config.interruptMs) return false;
      const lead = endpoint.measureLead(episode.epoch, episode.timeline.frame, this.config.frameMs, now);
      if (lead !== null) pacing.sample(player, lead, endpoint.advantage);
      return true;
    });
  }

  /** @param {number} now @param {number} epoch */
  ping(now, epoch) {
    for (const player of this.roster.peers()) {
      const ping = this.to(player).ping(now);
      if (ping) this.outbox.bytes(player, encodePing({ type: "ping", sender: this.config.me, tag: this.config.tag, epoch: epoch & 0xffff, ...ping }));
    }
  }

  /**
   * All that a peer is not known to hold, oldest first: one delivered packet repairs any loss.
   *
   * @param {Episode} episode
   * @param {{hidden: boolean, holding: boolean, stalled: boolean}} flags
   * @param {number} tick
   */
  sendInputs(episode, flags, tick) {
    const { slots, timeline, log, epoch } = episode;
    const { me, tag, players, inputBytes } = this.config;
    const capacity = packetCapacity(players, inputBytes);
    const receipts = slots.held();
    for (const player of this.roster.peers()) {
      if (slots.isAway(player) && tick % AWAY_TICKS) continue;
      const advantage = this.to(player).lead;
      const run = slots.pending(slots.receipts[player][me], capacity);
      const common = { type: /** @type {const} */ ("input"), sender: me, tag, epoch, inputBytes, advantage };
      const packet = encodeInput({ ...common, ...flags, ...run, frame: timeline.frame, receipts, checkpoint: log.newest });
      this.stats.packets++;
      this.stats.bytes += packet.length;
      this.stats.atLeast("maxPacket", packet.length);
      this.outbox.bytes(player, packet);
    }
  }
}
