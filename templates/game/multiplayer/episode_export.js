// Episode export: an episode of the session as the game records it.

/** @typedef {import("../rollback/types.js").EpisodeRecord} EpisodeRecord */
/** @typedef {import("../session_record.js").LocalFacts} LocalFacts */
/** @typedef {import("../session_record.js").SyncFacts} SyncFacts */

/**
 * @param {EpisodeRecord} ended
 * @param {object} page
 * @param {import("./player_slots.js").PlayerSlots} page.slots
 * @param {import("./step_facts.js").StepFacts} page.facts
 * @param {SyncFacts["me"]} page.me
 * @param {import("../rollback/config.js").SessionConfig} page.config
 * @returns {{rows: import("../rows.js").Row[], facts: LocalFacts[], sync: SyncFacts}} `rows` and all of `sync` but
 *   `me` and what the page measured are equal on all pages
 */
export function exportEpisode({ epoch, status, rows, localFacts, chain, firstBad }, { slots, facts, me, config }) {
  const { inputDelay, predictionWindow, snapshotInterval, hashInterval, predictor } = config;
  const settings = { inputDelay, predictionWindow, snapshotInterval, hashInterval, predictor };
  return { rows: rows.map((row) => slots.rowOf(epoch, row)), facts: facts.list(rows.length, localFacts), sync: { status, chain, firstBad, me, settings } };
}
