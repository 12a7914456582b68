// window.igbuild: what tests and the browser's console may look at. It changes nothing.

/**
 * @typedef {object} Inspection
 * @property {string} version of igbuild
 * @property {string} siteId
 * @property {import("./remote_game.js").Phase | "refused"} phase
 * @property {number | null} episode 0 for the first; null before one begins
 * @property {number} step steps of the episode so far
 * @property {number} rows rows of the session so far, finished episodes included
 * @property {number} score of this page's player in the episode
 * @property {number} fps steps per second, over the last second
 * @property {number} earlyTicks see session_record.js
 * @property {import("./session_record.js").Session} session a copy
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
  const facts = () => game?.episode?.facts ?? [];
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
      return facts().length;
    },
    get rows() {
      const open = game?.episode && game.episode.index >= (record?.session.episodes.length ?? 0);
      return finished() + (open ? facts().length : 0);
    },
    get score() {
      return game?.score ?? 0;
    },
    get fps() {
      const last = facts().at(-1)?.stepAnswered ?? 0;
      return facts().filter(({ stepAnswered }) => stepAnswered > last - 1000).length;
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
