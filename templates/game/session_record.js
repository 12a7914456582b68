// The session record: what one tab has played so far. It survives a reload, which restarts only the current episode.
import { escapeWire, parseWire } from "../worker/wire.js";
import { outcome, packRow, scores, unpackRow } from "./rows.js";

/** @typedef {import("./rows.js").Row} Row */
/** @typedef {import("./site_config.js").AgentId} AgentId */
/** @typedef {import("./site_config.js").GlobalValue} GlobalValue */

/**
 * Facts of one step that only this page knows: times in ms since the epoch, null where there is none.
 *
 * @typedef {object} LocalFacts
 * @property {number} t
 * @property {number | null} keypress when the key of the step's action went down
 * @property {number | null} queueExit when the action was taken for the step
 * @property {number} stepSent when the batch was posted
 * @property {number} stepAnswered when its answer arrived
 * @property {number | null} drawn when its picture was on the canvas; null: a later one took its place
 * @property {boolean} [wasPredicted] some player's input was a guess at first; in a game of several
 * @property {number} [replays] how often the step was taken again; in a game of several
 */

/**
 * What the peers of an episode agreed on.
 *
 * @typedef {object} SyncFacts
 * @property {import("./rollback/types.js").EpisodeStatus} status
 * @property {string} chain digest over all rows, equal on all peers
 * @property {number | null} firstBad the first checkpoint at which the peers differed
 * @property {AgentId} me the agent played at this page
 * @property {{inputDelay: number, predictionWindow: number, snapshotInterval: number, hashInterval: number, predictor: string}} settings
 */

/**
 * @typedef {object} EpisodeRecord
 * @property {number} episode 0 for the first
 * @property {number} seed given to `reset`
 * @property {number} startedAt ms since the epoch
 * @property {number} endedAt
 * @property {number} steps
 * @property {"terminated" | "truncated" | "unfinished"} outcome
 * @property {[AgentId, number][]} scores sum of each agent's rewards
 * @property {number} earlyTicks ticks that came while the step before was still under way
 * @property {number} droppedTicks ticks that a stall of the page's timer made it skip
 * @property {AgentId[]} agents the order of agents in `rows`
 * @property {unknown[][]} rows packed (rows.js); unpack with `rowsOf`
 * @property {LocalFacts[]} facts
 * @property {SyncFacts} [sync] in a game of several
 */

/**
 * @typedef {object} Session
 * @property {number} version of this shape
 * @property {string} siteId the build it was played on
 * @property {Record<string, GlobalValue>} globals the participant's parameters
 * @property {Record<string, string>} parameters those that the page was given besides, which no environment sees
 * @property {number} sessionSeed
 * @property {boolean} seedDrawn whether the seed was drawn, or fixed by the experiment
 * @property {string | null} completionCode drawn for the session, where each gets its own
 * @property {number} startedAt ms since the epoch
 * @property {number} episode the episode being played, or to be played next
 * @property {EpisodeRecord[]} episodes those finished
 * @property {{at: number, episode: number}[]} reloads of the page during the session
 * @property {{episode: number, hiddenAt: number, shownAt: number | null}[]} focus periods in which the page was hidden
 */

/** @typedef {Pick<Storage, "getItem" | "setItem" | "removeItem">} KeyValueStore */

const VERSION = 3;

/**
 * @param {unknown} a
 * @param {unknown} b
 */
const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

/** The record of one session, written through to the tab's storage. */
export class SessionRecord {
  #store;
  #key;
  /** @type {Session} */
  #session;
  /** @type {"all" | "summary" | "nothing"} */
  #kept = "all";
  /** An episode is over; the rows are as the game had them. @type {(record: EpisodeRecord, rows: readonly Row[]) => void} */
  onFinished = () => {};

  /**
   * Go on with the session of this tab, or begin one. A stored session of another build or of other parameters is
   * not gone on with.
   *
   * @param {object} options
   * @param {KeyValueStore | null} options.store `sessionStorage`, null where the browser refuses it
   * @param {string} options.siteId
   * @param {Record<string, GlobalValue>} options.globals
   * @param {Record<string, string>} [options.parameters] recorded besides
   * @param {number | null} options.seed fixed by the experiment, or null
   * @param {() => number} options.draw draws a session seed
   * @param {string | null} [options.code] for a session that begins
   * @param {number} options.at ms since the epoch
   */
  constructor({ store, siteId, globals, parameters = {}, seed, draw, code = null, at }) {
    this.#store = store;
    this.#key = `igbuild/${siteId}`;
    const earlier = this.#read();
    const asked = [siteId, globals, parameters];
    if (earlier && earlier.version === VERSION && same([earlier.siteId, earlier.globals, earlier.parameters], asked)) {
      this.#session = earlier;
      earlier.reloads.push({ at, episode: earlier.episode });
      const last = earlier.focus.at(-1);
      if (last && last.shownAt === null) last.shownAt = at;
    } else {
      this.#session = {
        version: VERSION,
        siteId,
        globals,
        parameters,
        sessionSeed: seed ?? draw(),
        seedDrawn: seed === null,
        completionCode: code,
        startedAt: at,
        episode: 0,
        episodes: [],
        reloads: [],
        focus: [],
      };
    }
    this.#write();
  }

  /** @returns {Readonly<Session>} */
  get session() {
    return this.#session;
  }

  /**
   * What a reload would find again: all; once the storage is full, where the session stands but no rows; or, where
   * the browser refuses to store, nothing. In memory it is always whole.
   */
  get kept() {
    return this.#kept;
  }

  /**
   * Take the session seed that the peers share, in place of the one drawn here.
   *
   * @param {number} seed an integer in 0 .. 2^32 - 1
   */
  agreeOn(seed) {
    this.#session.sessionSeed = seed;
    this.#write();
  }

  /**
   * Add a finished episode and move on to the next.
   *
   * @param {Pick<EpisodeRecord, "seed" | "startedAt" | "endedAt" | "earlyTicks" | "droppedTicks" | "facts" | "sync">} about
   * @param {readonly Row[]} rows
   * @param {readonly AgentId[]} agents in the environment's order
   * @returns {EpisodeRecord}
   */
  finishEpisode(about, rows, agents) {
    const { episode } = this.#session;
    const record = {
      episode,
      ...about,
      steps: rows.length,
      outcome: outcome(rows.at(-1)),
      scores: [...scores(rows)],
      agents: [...agents],
      rows: rows.map((row) => packRow(row, agents)),
    };
    this.#session.episodes.push(record);
    this.#session.episode = episode + 1;
    this.#write();
    this.onFinished(record, rows);
    return record;
  }

  /**
   * @param {boolean} hidden
   * @param {number} at ms since the epoch
   */
  visibilityChanged(hidden, at) {
    const { focus, episode } = this.#session;
    const last = focus.at(-1);
    if (hidden) focus.push({ episode, hiddenAt: at, shownAt: null });
    else if (last && last.shownAt === null) last.shownAt = at;
    this.#write();
  }

  /** Lay the session aside, under a key of its own: the next load of the page begins another. */
  layAside() {
    try {
      const text = this.#store?.getItem(this.#key);
      this.#store?.removeItem(this.#key);
      if (text) this.#store?.setItem(`${this.#key}/${this.#session.startedAt}`, text);
    } catch {
      // A storage that refuses to be written holds nothing to lay aside.
    }
  }

  /** @returns {Session | null} */
  #read() {
    try {
      const text = this.#store?.getItem(this.#key);
      return text ? parseWire(text) : null;
    } catch {
      return null;
    }
  }

  #write() {
    const summary = () => this.#session.episodes.map((episode) => ({ ...episode, rows: [], facts: [] }));
    if (this.#put(this.#session)) this.#kept = "all";
    else this.#kept = this.#put({ ...this.#session, episodes: summary() }) ? "summary" : "nothing";
  }

  /**
   * @param {Session} session
   * @returns {boolean} whether the storage took it
   */
  #put(session) {
    if (!this.#store) return false;
    try {
      this.#store.setItem(this.#key, JSON.stringify(escapeWire(session)));
      return true;
    } catch {
      return false;
    }
  }
}

/**
 * The rows of a finished episode.
 *
 * @param {EpisodeRecord} record
 * @returns {Row[]}
 */
export function rowsOf({ rows, agents, episode }) {
  return rows.map((packed) => unpackRow(packed, agents, episode));
}
