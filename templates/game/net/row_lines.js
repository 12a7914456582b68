// Row lines: steps as the lines that are handed in, the same on every page (docs/data-format.md).
import { escapeWire } from "../../worker/wire.js";
import { nested } from "./nested.js";

/** @typedef {import("../rows.js").Row} Row */
/** @typedef {import("../session_record.js").LocalFacts} LocalFacts */
/** @typedef {import("../site_config.js").AgentId} AgentId */

const COLUMNS = /** @type {const} */ (["actions", "rewards", "terminateds", "truncateds"]);

/**
 * One step as JSON without spaces, keys in the order of docs/data-format.md, agents in the environment's order.
 *
 * @param {Row} row
 * @param {readonly AgentId[]} agents
 * @returns {string}
 */
export function rowLine(row, agents) {
  /** @type {Record<string, unknown>} */
  const line = { episode: row.episode, t: row.t };
  for (const column of COLUMNS) put(line, column, row[column], agents);
  for (const agent of agents) {
    for (const [key, value] of Object.entries(row.infos.get(agent) ?? {})) line[`infos.${agent}.${key}`] = escapeWire(value);
  }
  put(line, "isFocused", row.isFocused, agents);
  for (const agent of agents) {
    const seen = row.observations?.get(agent);
    if (seen != null) line[`observations.${agent}`] = escapeWire(nested(seen));
  }
  if (row.stateHash) line.stateHash = row.stateHash;
  return JSON.stringify(line);
}

/**
 * @param {Record<string, unknown>} line
 * @param {string} column
 * @param {ReadonlyMap<AgentId, unknown>} values
 * @param {readonly AgentId[]} agents
 */
function put(line, column, values, agents) {
  for (const agent of agents) if (values.get(agent) != null) line[`${column}.${agent}`] = escapeWire(values.get(agent));
}

/**
 * What all pages agree on of a step, for whoever replays it.
 *
 * @param {Row} row
 * @param {readonly AgentId[]} agents
 * @returns {string}
 */
export function frameLine({ t, actions, stateHash }, agents) {
  const taken = Object.fromEntries(agents.filter((agent) => actions.get(agent) != null).map((agent) => [agent, escapeWire(actions.get(agent))]));
  return JSON.stringify({ type: "frame", t, actions: taken, ...(stateHash && { stateHash }) });
}

/** What only this page knows of a step. @param {LocalFacts} facts @returns {string} */
export const localLine = (facts) => JSON.stringify(facts);
