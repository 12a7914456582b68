// The collector: watches a game and lays everything that cannot change any more into the outbox.
import { Chunks } from "./chunks.js";
import { frameLine, localLine, rowLine } from "./row_lines.js";
import { Telemetry } from "./telemetry.js";

/** @typedef {import("../remote_game.js").RemoteGame} RemoteGame */
/** @typedef {import("../session_record.js").EpisodeRecord} EpisodeRecord */
/** @typedef {import("../rows.js").Row} Row */
/** @typedef {import("./chunks.js").Chunk} Chunk */

/**
 * @typedef {{episode: number, seed: number, startedAt: number, endedAt?: number, rows: number, status: string, reason: string}} About
 */

/** How long a step may be in memory alone, in ms. */
const LOOK_MS = 1000;

/**
 * Who is where, in a game of several.
 *
 * @typedef {{seat: number, seats: number, peers: {seat: number, path: string}[]}} Place
 */

/**
 * @typedef {object} CollectorOptions
 * @property {import("../site_config.js").SiteConfig} site
 * @property {RemoteGame} game
 * @property {import("../session_record.js").SessionRecord} record
 * @property {() => Place} place
 * @property {(chunks: Chunk[]) => void} keep takes parts in order
 */

export class Collector {
  #options;
  #chunks = new Chunks();
  /** Steps of the latest episode that were laid aside. */
  #taken = { episode: -1, rows: 0 };
  /** Null: the session is over, and nothing is measured any more. @type {Telemetry | null} */
  #telemetry = new Telemetry();
  /** Episodes that were laid aside whole. */
  #finished;
  #timer;
  /** The last episode, if it ended before its time: why is known only when the session is over. @type {About | null} */
  #early = null;

  /** @param {CollectorOptions} options */
  constructor(options) {
    this.#options = options;
    this.#finished = options.record.session.episodes.length;
    this.#timer = setInterval(() => {
      this.look();
      this.#measure();
    }, LOOK_MS);
    // The rows of an episode are whole here, with what the record leaves out.
    options.record.onFinished = (record, rows) => this.#finish(record, rows);
  }

  /** Lay aside what is settled by now. */
  look() {
    const { game } = this.#options;
    const { episode } = game;
    if (!episode || episode.index < this.#finished) return;
    this.#rows(episode.index, game.rows.slice(0, game.settled));
  }

  /**
   * The session is over, or the page goes: whatever is under way is laid aside as it is.
   *
   * @param {string} reason
   */
  stop(reason) {
    clearInterval(this.#timer);
    this.look();
    this.#measure();
    this.#telemetry = null;
    const { game } = this.#options;
    const { episode } = game;
    if (episode && episode.index >= this.#finished && this.#taken.episode === episode.index && this.#taken.rows > 0) {
      const { index, seed, startedAt } = episode;
      const { rows } = this.#taken;
      this.#keep(index, "local", game.facts.slice(0, rows).map(localLine));
      if (game.peers) this.#keep(index, "validation", game.rows.slice(0, rows).map((row) => frameLine(row, game.agents)));
      this.#describe({ episode: index, seed, startedAt, rows, status: "partial", reason });
      this.#finished = index + 1;
    } else if (this.#early) this.#describe({ ...this.#early, reason });
    this.#early = null;
  }

  /** Lay aside how the links fare, beside the steps of the latest episode that has any. */
  #measure() {
    const { game, place } = this.#options;
    const { peers, episode: playing } = game;
    const { episode, rows } = this.#taken;
    if (!this.#telemetry || !peers || !playing || rows === 0) return;
    const moment = { at: Date.now(), episode, t: rows - 1, peers, playing, paths: place().peers };
    this.#keep(episode, "telemetry", [JSON.stringify(this.#telemetry.line(moment))]);
  }

  /** @param {EpisodeRecord} record @param {readonly Row[]} rows */
  #finish(record, rows) {
    const { agents } = this.#options.game;
    const { episode, seed, startedAt, endedAt, outcome, facts, sync } = record;
    this.#rows(episode, rows);
    this.#keep(episode, "local", facts.map(localLine));
    const validation = rows.map((row) => frameLine(row, agents));
    if (sync?.firstBad != null) validation.push(JSON.stringify({ type: "desync", frame: sync.firstBad }));
    if (sync) this.#keep(episode, "validation", validation);
    const status = sync?.status ?? "verified";
    const reason = status === "desynced" ? "desync" : outcome;
    const about = { episode, seed, startedAt, endedAt, rows: rows.length, status, reason, ...(sync && { chain: sync.chain }) };
    this.#describe(about);
    this.#early = status === "partial" ? about : null;
    this.#finished = episode + 1;
  }

  /** @param {number} episode @param {readonly Row[]} rows from the first */
  #rows(episode, rows) {
    if (rows.length === 0) return;
    const { agents } = this.#options.game;
    if (this.#taken.episode !== episode) this.#taken = { episode, rows: 0 };
    const fresh = rows.slice(this.#taken.rows);
    this.#taken.rows += fresh.length;
    this.#keep(episode, "rows", fresh.map((row) => rowLine(row, agents)));
  }

  /**
   * @param {number} episode
   * @param {import("./chunks.js").Kind} kind
   * @param {readonly string[]} lines
   */
  #keep(episode, kind, lines) {
    const chunks = this.#chunks.cut(episode, kind, lines);
    if (chunks.length > 0) this.#options.keep(chunks);
  }

  /** @param {About} about */
  #describe(about) {
    this.#keep(about.episode, "meta", [JSON.stringify(this.#meta(about))]);
  }

  /** @param {About} about */
  #meta({ episode, reason, rows, ...about }) {
    const { site, game, record, place } = this.#options;
    const { session } = record;
    const { seat, seats, peers } = place();
    return {
      format: 1,
      rows,
      endedAt: Date.now(),
      ...about,
      termination: { reason, frame: rows - 1, player: culprit(reason, seat, seats) },
      agents: game.agents,
      humans: site.players.humans ?? game.agents.filter((agent) => !Object.hasOwn(site.players.bots, String(agent))),
      seat,
      seats,
      sessionSeed: session.sessionSeed,
      ...(site.multiplayer && { inputDelay: site.multiplayer.inputDelay }),
      fps: site.game.fps,
      lockHash: site.lockHash,
      siteHash: site.siteId,
      igbuild: site.igbuild,
      globals: session.globals,
      parameters: session.parameters,
      ...(session.completionCode && { completionCode: session.completionCode }),
      peers,
      focus: session.focus.filter((period) => touches(period, episode, about.startedAt)).map(({ hiddenAt, shownAt }) => ({ from: hiddenAt, to: shownAt })),
    };
  }
}

/**
 * @param {import("../session_record.js").Session["focus"][number]} period
 * @param {number} episode
 * @param {number} startedAt of the episode
 * @returns {boolean} whether the page was hidden in the episode, or already before it and still when it began
 */
function touches(period, episode, startedAt) {
  return period.episode <= episode && (period.shownAt === null || period.shownAt > startedAt);
}

/**
 * @param {string} reason why an episode ended
 * @param {number} seat of this page
 * @param {number} seats
 * @returns {number | null} the seat whose doing it was; null: nobody's, or not known
 */
function culprit(reason, seat, seats) {
  if (reason === "left" || reason === "focus_timeout") return seat;
  return reason.startsWith("partner_") && seats === 2 ? 1 - seat : null;
}
