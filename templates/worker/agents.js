// Per-agent data: arrays in agent order on the wire, Maps keyed by the real ids for the page.

/** @typedef {import("./protocol.js").AgentId} AgentId */

/** The parts of a result that hold one value per agent. */
const PER_AGENT = Object.freeze(["obs", "rewards", "terminateds", "truncateds", "infos", "actions", "proposed"]);

/**
 * Key an array in agent order by the agents' ids; absent agents (null) are left out.
 * @param {any[]} values
 * @param {AgentId[]} agents
 * @returns {Map<AgentId, any>}
 */
export function keyByAgent(values, agents) {
  const map = new Map();
  agents.forEach((agent, i) => {
    if (values[i] !== null && values[i] !== undefined) map.set(agent, values[i]);
  });
  return map;
}

/**
 * Replace the per-agent arrays of one op's result by Maps.
 * @param {any} result
 * @param {AgentId[]} agents
 * @returns {any} the same object
 */
export function keyResult(result, agents) {
  if (result === null || typeof result !== "object") return result;
  for (const part of PER_AGENT) {
    if (Array.isArray(result[part])) result[part] = keyByAgent(result[part], agents);
  }
  return result;
}

/**
 * @param {Iterable<[any, any]>} entries
 * @param {AgentId[]} agents
 * @param {(id: any) => any} idOf how the entry's key names an agent
 */
function place(entries, agents, idOf) {
  const ids = agents.map(idOf);
  const values = new Array(agents.length).fill(null);
  for (const [id, action] of entries) {
    const i = ids.indexOf(id);
    if (i < 0) throw new TypeError(`no agent is called ${JSON.stringify(id)}; the agents are ${JSON.stringify(agents)}`);
    values[i] = action;
  }
  return values;
}

/**
 * Actions as an array in agent order (null: no action).
 *
 * A Map is keyed by the agents' ids, a plain object by their text. An array is in agent order already. Anything else
 * is the action of a lone agent.
 * @param {unknown} actions
 * @param {AgentId[]} agents
 * @returns {any[]}
 * @throws {TypeError} an agent that does not exist, or one action for several agents
 */
export function orderActions(actions, agents) {
  if (Array.isArray(actions)) {
    if (actions.length !== agents.length) {
      throw new TypeError(`${actions.length} actions for ${agents.length} agents: give one each, null for none`);
    }
    return actions;
  }
  if (actions instanceof Map) return place(actions, agents, (id) => id);
  if (actions !== null && typeof actions === "object" && !ArrayBuffer.isView(actions)) {
    return place(Object.entries(actions), agents, String);
  }
  if (agents.length === 1) return [actions];
  throw new TypeError(`one action for ${agents.length} agents: give a Map keyed by agent, or an array in agent order`);
}

/**
 * An op as it is sent: actions in agent order.
 * @param {import("./protocol.js").Op} op
 * @param {AgentId[]} agents
 * @returns {import("./protocol.js").Op}
 */
export function orderOp(op, agents) {
  if (op.op !== "step") return op;
  return { op: "step", params: { ...op.params, actions: orderActions(op.params?.actions, agents) } };
}
