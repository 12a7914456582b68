// Flight recorder: what each of the last ticks did, and the states around a desync. Not in a finished site.
import { gatherStates } from "./evidence.js";

/** @typedef {import("../rollback/types.js").Input} Input */
/** @typedef {import("../rollback/types.js").RollbackEvent} RollbackEvent */
/** @typedef {import("../rollback/types.js").TickResult} TickResult */
/** @typedef {import("../site_config.js").AgentId} AgentId */
/** @typedef {import("./evidence.js").StateBefore} StateBefore */

/**
 * What the recorder reads of a session.
 *
 * @typedef {Pick<import("../rollback/session.js").Session, "config" | "episode" | "depth">} SessionView
 */

/**
 * @typedef {object} TickRecord
 * @property {number} number counts ticks while the page lives
 * @property {number} at ms since the epoch
 * @property {TickResult["status"]} status
 * @property {number} frame the next one
 * @property {number} depth frames beyond those for which everybody's inputs are here
 * @property {number} replayed frames that the tick's batch plays again
 * @property {number | null} ms that its batch took in Python; null: there was none
 */

/**
 * @typedef {object} Desync
 * @property {number} session its tag, the same on all pages
 * @property {number} episode
 * @property {number} me slot of this page
 * @property {number} other slot of the page from which it differs
 * @property {number} noticed frame of the checkpoint at which it was noticed; -1: the first states differ
 * @property {{lastGood: number, firstBad: number} | null} located the checkpoints between which it lies
 * @property {StateBefore[] | null} states null while they are fetched
 */

/** Ticks kept: half a minute at 60 per second. */
const KEPT = 1800;
/** Time after which a game that is over ends even so, in ms. */
const GATHER_MS = 5000;

/** `globalThis.igbuildRecorder` in a development build. Reading it changes nothing. */
export class FlightRecorder {
  /** @type {TickRecord[]} */
  #ticks = [];
  #next = 0;
  /** The tick whose batch is under way. @type {TickRecord | null} */
  #open = null;
  /** @type {Desync | null} */
  #desync = null;
  #gathering = false;
  #worker;
  #stamp;

  /**
   * @param {Parameters<typeof gatherStates>[0]} worker
   * @param {() => number} stamp ms since the epoch
   */
  constructor(worker, stamp) {
    this.#worker = worker;
    this.#stamp = stamp;
  }

  // WHAT THE DEVELOPMENT PAGE READS

  /**
   * @param {number} number
   * @returns {TickRecord[]} the ticks from that number on, as far as they are kept and their batches are answered; copies
   */
  since(number) {
    const first = this.#ticks[0]?.number ?? 0;
    const end = this.#open ? this.#open.number - first : this.#ticks.length;
    return this.#ticks.slice(Math.max(0, number - first), Math.max(0, end)).map((tick) => ({ ...tick }));
  }

  /** @returns {Desync | null} the first one of the page's session */
  get desync() {
    return this.#desync;
  }

  // WHAT THE GAME SAYS

  /** @returns {boolean} whether the worker is still needed */
  get gathering() {
    return this.#gathering;
  }

  /** @param {SessionView} session @param {Pick<TickResult, "status" | "batch">} result of its tick */
  tick(session, { status, batch }) {
    if (!session.episode || status === "not-running") return;
    const record = { number: this.#next++, at: this.#stamp(), status, frame: session.episode.timeline.frame, depth: session.depth, replayed: batch?.replayed ?? 0, ms: null };
    this.#ticks.push(record);
    if (this.#ticks.length > KEPT) this.#ticks.shift();
    if (batch) this.#open = record;
  }

  /** @param {number | undefined} ms that the batch under way took in Python */
  answered(ms) {
    if (this.#open) this.#open.ms = ms ?? null;
    this.#open = null;
  }

  /**
   * @param {RollbackEvent} event
   * @param {SessionView} session
   * @param {(inputs: readonly Input[]) => Map<AgentId, unknown>} actionsOf
   */
  hear(event, session, actionsOf) {
    if (event.type === "DesyncDetected" && !this.#desync) {
      const { tag, me } = session.config;
      this.#desync = { session: tag, episode: event.epoch, me, other: event.player, noticed: event.frame, located: null, states: null };
      void this.#gather(this.#desync, session, actionsOf);
    } else if (event.type === "DesyncLocated" && this.#desync) {
      this.#desync.located = { lastGood: event.lastGood, firstBad: event.firstBad };
    }
  }

  /** @param {Desync} desync @param {SessionView} session @param {(inputs: readonly Input[]) => Map<AgentId, unknown>} actionsOf */
  async #gather(desync, { episode }, actionsOf) {
    if (!episode) return;
    this.#gathering = true;
    const past = {
      snapshots: [...episode.timeline.snapshots],
      rows: [...episode.log.frameDataBuffer],
      actionsOf: (/** @type {import("../rollback/types.js").Row} */ row) => row.actions ?? actionsOf(row.inputs),
    };
    const tooLong = new Promise((/** @type {(states: StateBefore[]) => void} */ resolve) => setTimeout(() => resolve([]), GATHER_MS));
    desync.states = await Promise.race([gatherStates(this.#worker, past), tooLong]);
    this.#gathering = false;
  }
}
