// Rows for tests.

/** @typedef {import("../../../templates/game/rows.js").Row} Row */

/**
 * @param {Partial<Record<"episode" | "t", number>> & {[part: string]: any}} parts entries of Maps, or numbers
 * @returns {Row}
 */
export function row({ episode = 0, t = 0, ...parts }) {
  /** @param {string} part */
  const map = (part) => new Map(parts[part] ?? []);
  return {
    episode,
    t,
    actions: map("actions"),
    rewards: map("rewards"),
    terminateds: map("terminateds"),
    truncateds: map("truncateds"),
    infos: map("infos"),
    isFocused: map("isFocused"),
  };
}
