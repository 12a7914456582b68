// window.igbuild: what tests and the browser's console may look at. It changes nothing.

/**
 * @typedef {object} Inspection
 * @property {string} version of igbuild
 * @property {string} siteId
 * @property {import("./game_parts.js").Phase | "refused"} phase
 * @property {number | null} episode 0 for the first; null before one begins
 * @property {number} step steps of the episode so far
 * @property {number} rows rows of the session so far, finished episodes included
 * @property {number} score of this page's player in the episode
 * @property {number} fps steps per second, over the last second
 * @property {number} earlyTicks see session_record.js
 * @property {PeersInspection | null} peers null in a game that one page plays
 * @property {import("./session_record.js").Session} session a copy
 */

/**
 * How a game of several peers stands.
 *
 * @typedef {object} PeersInspection
 * @property {import("./site_config.js").AgentId} me the agent played here
 * @property {string} phase of the rollback session
 * @property {number} stepNum steps so far, those that may still change included
 * @property {number} settled steps that are agreed by all
 * @property {Map<import("./site_config.js").AgentId, number>} cumulativeRewards
 * @property {Map<import("./site_config.js").AgentId, boolean>} focus whether each player looks at the game
 * @property {boolean} rollbackInProgress
 * @property {number} snapshotInterval
 * @property {readonly number[]} stateSnapshots steps whose state the worker holds
 * @property {number} depth steps taken beyond those for which everybody's actions are known
 * @property {import("./rollback/stats.js").Counts} stats counters of the session, a copy
 * @property {(import("./rollback/links.js").LinkReport & {agent: import("./site_config.js").AgentId})[]} links to the other players who are there
 */

/**
 * Offer the inspection object.
 *
 * @param {Window & {igbuild?: Inspection}} target
 * @param {object} parts
 * @param {import("./site_config.js").SiteConfig} parts.site
 * @param {import("./remote_game.js").RemoteGame | null} parts.game null where the page's address was refused
 * @param {import("./session_record.js").SessionRecord | null} parts.record
 */
export function offerInspection(target, { site, game, record }) {
  const facts = () => game?.facts ?? [];
  const finished = () => record?.session.episodes.reduce((sum, { steps }) => sum + steps, 0) ?? 0;
  /** @type {Inspection} */
  const inspection = {
    version: site.igbuild,
    siteId: site.siteId,
    get phase() {
      return game?.phase ?? "refused";
    },
    get episode() {
      return game?.episode?.index ?? null;
    },
    get step() {
      return game?.rows.length ?? 0;
    },
    get rows() {
      const open = game?.episode && game.episode.index >= (record?.session.episodes.length ?? 0);
      return finished() + (open ? (game?.rows.length ?? 0) : 0);
    },
    get score() {
      return game?.score ?? 0;
    },
    get fps() {
      const last = facts().at(-1)?.stepAnswered ?? 0;
      return facts().filter(({ stepAnswered }) => stepAnswered > last - 1000).length;
    },
    get peers() {
      return game?.peers ?? null;
    },
    get earlyTicks() {
      return game?.episode?.earlyTicks ?? 0;
    },
    get session() {
      return structuredClone(/** @type {import("./session_record.js").Session} */ (record?.session ?? null));
    },
  };
  Object.defineProperty(target, "igbuild", { value: Object.freeze(inspection), enumerable: true });
}
