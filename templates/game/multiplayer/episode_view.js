// The episode view: the session's episode as everybody outside of it sees it, in the game's rows.
import { scores } from "../rows.js";

/** @typedef {import("../rollback/session.js").Session} Session */
/** @typedef {import("../rows.js").Row} Row */
/** @typedef {import("../site_config.js").AgentId} AgentId */

export class EpisodeView {
  #session;
  #slots;
  #index;
  /** Whose rows are held here. @type {Session["episode"]} */
  #episode = null;
  /** Canonical rows, which are made once, then those that may still change. @type {Row[]} */
  #rows = [];
  #settled = 0;
  /** Over the canonical rows. @type {Map<AgentId, number>} */
  #sums = new Map();

  /**
   * @param {object} parts
   * @param {Session} parts.session
   * @param {import("./player_slots.js").PlayerSlots} parts.slots
   * @param {() => number | undefined} parts.index of the game's episode, which begins before the session's
   */
  constructor({ session, slots, index }) {
    this.#session = session;
    this.#slots = slots;
    this.#index = index;
  }

  /** @returns {readonly Row[]} canonical rows of the episode, then those that may still change; as it is now */
  get rows() {
    const { episode } = this.#session;
    if (!episode || episode.epoch !== this.#index()) return [];
    if (episode !== this.#episode) [this.#episode, this.#rows, this.#settled, this.#sums] = [episode, [], 0, new Map()];
    const { frameDataBuffer, speculativeFrameData } = episode.log;
    const rowOf = (/** @type {import("../rollback/types.js").Row} */ row) => this.#slots.rowOf(episode.epoch, row);
    const fresh = frameDataBuffer.slice(this.#settled).map(rowOf);
    // What followed the canonical rows may have been undone since.
    this.#rows.length = this.#settled;
    this.#rows.push(...fresh);
    this.#settled = frameDataBuffer.length;
    this.#sums = scores(fresh, this.#sums);
    for (let row = speculativeFrameData.get(this.#rows.length); row; row = speculativeFrameData.get(this.#rows.length)) this.#rows.push(rowOf(row));
    return this.#rows;
  }

  /** @returns {number} how many of the rows cannot change any more */
  get settled() {
    return this.#session.settled + 1;
  }

  /** @returns {Map<AgentId, number>} sum of each agent's rewards in the episode */
  get cumulativeRewards() {
    const { rows } = this;
    return rows.length > 0 ? scores(rows.slice(this.#settled), this.#sums) : new Map();
  }

  /** @returns {Map<AgentId, boolean>} whether each player looked at the game in the latest step */
  get focus() {
    return this.rows.at(-1)?.isFocused ?? new Map();
  }

  /** @returns {readonly number[]} steps before which the worker holds the state */
  get stateSnapshots() {
    return this.#session.episode?.timeline.snapshots ?? [];
  }

  /** @returns {import("../inspection.js").PeersInspection} */
  get inspection() {
    const session = this.#session;
    const { humans } = this.#slots;
    return {
      me: humans[session.config.me],
      phase: session.phase,
      stepNum: this.rows.length,
      settled: this.settled,
      cumulativeRewards: this.cumulativeRewards,
      focus: this.focus,
      depth: session.depth,
      rollbackInProgress: session.rollbackInProgress,
      snapshotInterval: session.config.snapshotInterval,
      stateSnapshots: this.stateSnapshots,
      stats: { ...session.stats },
      links: session.links.report(performance.now()).map((link) => ({ ...link, agent: humans[link.player] })),
    };
  }
}
