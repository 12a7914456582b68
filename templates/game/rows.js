// Rows: what happened in each step, and everything that is told about an episode by looking at them.

/** @typedef {import("./site_config.js").AgentId} AgentId */
/** @typedef {import("./site_config.js").Action} Action */

/**
 * One step of an episode. Maps are keyed by the environment's own agent ids; an agent without a value is absent.
 *
 * @typedef {object} Row
 * @property {number} episode 0 for the first
 * @property {number} t step within the episode, 0 for the first
 * @property {Map<AgentId, Action>} actions
 * @property {Map<AgentId, number>} rewards
 * @property {Map<AgentId, boolean>} terminateds
 * @property {Map<AgentId, boolean>} truncateds
 * @property {Map<AgentId, Record<string, unknown>>} infos
 * @property {Map<AgentId, boolean>} isFocused of the agents that people play: their page was visible
 * @property {Map<AgentId, unknown>} [observations] after the step, where they are handed in
 * @property {string} [stateHash] of the state after the step, 64 hex digits, where it was asked for
 */

/**
 * What the page was about to do in a step, before the worker answers.
 *
 * @typedef {Pick<Row, "episode" | "t" | "actions" | "isFocused">} PlannedRow
 */

/**
 * @param {PlannedRow} planned
 * @param {Pick<Row, "rewards" | "terminateds" | "truncateds" | "infos"> & {actions?: Row["actions"], obs?: Row["observations"]}} result
 *   of the step; `actions` where bots play: what every agent did
 * @returns {Row}
 */
export function makeRow(planned, { rewards, terminateds, truncateds, infos, actions = planned.actions, obs }) {
  const { episode, t, isFocused } = planned;
  return { episode, t, actions, rewards, terminateds, truncateds, infos, isFocused, ...(obs && { observations: obs }) };
}

/**
 * Sum of each agent's rewards.
 *
 * @param {readonly Row[]} rows of one episode
 * @param {ReadonlyMap<AgentId, number>} [before] the sums over the rows before these
 * @returns {Map<AgentId, number>} an agent that got no reward yet is absent
 */
export function scores(rows, before) {
  /** @type {Map<AgentId, number>} */
  const sums = new Map(before);
  for (const row of rows) {
    for (const [agent, reward] of row.rewards) sums.set(agent, (sums.get(agent) ?? 0) + reward);
  }
  return sums;
}

/**
 * @param {Row | undefined} row the last of an episode
 * @returns {"terminated" | "truncated" | "unfinished"} why it ended: by its rules, by a limit, or not yet
 */
export function outcome(row) {
  if (!row) return "unfinished";
  if ([...row.terminateds.values()].some(Boolean)) return "terminated";
  return [...row.truncateds.values()].some(Boolean) ? "truncated" : "unfinished";
}

/**
 * An agent's own parts in the order of `agents`, null where absent: as plain as JSON can hold, ids kept apart.
 * Observations would not fit into a tab's storage, and are left out; so are hashes.
 *
 * @param {Row} row
 * @param {readonly AgentId[]} agents
 * @returns {unknown[]} `[t, actions, rewards, terminateds, truncateds, infos, isFocused]`
 */
export function packRow(row, agents) {
  const parts = [row.actions, row.rewards, row.terminateds, row.truncateds, row.infos, row.isFocused];
  return [row.t, ...parts.map((/** @type {Map<AgentId, unknown>} */ part) => agents.map((agent) => part.get(agent) ?? null))];
}

/**
 * Undo `packRow`.
 *
 * @param {any[]} packed
 * @param {readonly AgentId[]} agents
 * @param {number} episode
 * @returns {Row}
 */
export function unpackRow(packed, agents, episode) {
  const [t, ...parts] = packed;
  const [actions, rewards, terminateds, truncateds, infos, isFocused] = parts.map(
    (values) => new Map(agents.flatMap((agent, index) => (values[index] === null ? [] : [[agent, values[index]]]))),
  );
  return { episode, t, actions, rewards, terminateds, truncateds, infos, isFocused };
}
