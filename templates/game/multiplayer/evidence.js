// Evidence of a desync: the states of the last steps, for whoever looks for the first that differs. Not in a finished site.

/** @typedef {import("../../worker/protocol.js").Op} Op */
/** @typedef {import("../rollback/types.js").Row} Row */
/** @typedef {import("../site_config.js").AgentId} AgentId */

/** Where the game's own state is kept meanwhile: before every frame, so that dropping "before 0" drops it alone. */
const ASIDE = -1;

/**
 * What a step did, by `String(agent)`.
 *
 * @typedef {{t: number, actions: object, rewards: object, terminateds: object, truncateds: object, infos: object}} StepTaken
 */

/**
 * A state of the episode. `held`: it is a snapshot of the game as it went; otherwise the step was taken again from the
 * snapshot before, with the same actions. `step`: the one that led to it, as the game recorded it.
 *
 * @typedef {{frame: number, held: boolean, hash: string, state: any, step: StepTaken | null}} StateBefore
 */

/**
 * @typedef {object} Past
 * @property {readonly number[]} snapshots frames whose state the worker holds, ascending
 * @property {readonly Row[]} rows canonical ones; row f is frame f
 * @property {(row: Row) => Map<AgentId, unknown>} actionsOf
 */

/**
 * Fetch the state before each of the last frames that are agreed: from the oldest snapshot on.
 *
 * All is asked for at once, so that no batch of a game that goes on lies between and drops a snapshot; and each batch
 * leaves the game as it found it.
 *
 * @param {Pick<import("../../worker/PyodideWorker.js").PyodideWorker, "batch">} worker
 * @param {Past} past
 * @returns {Promise<StateBefore[]>} ascending by frame; those that the worker could not give are left out
 */
export async function gatherStates(worker, { snapshots, rows, actionsOf }) {
  const held = snapshots.filter((frame) => frame <= rows.length);
  const runs = held.map(async (from, i) => {
    const to = held[i + 1] ?? rows.length + 1;
    const steps = rows.slice(from, to - 1).map((row) => ({ op: /** @type {const} */ ("step"), params: { actions: actionsOf(row) } }));
    const { results } = await worker.batch(batchOf(from, steps));
    const hashes = results.flatMap(({ hash }, at) => (hash === undefined ? [] : [{ hash, state: results[at + 1] }]));
    return hashes.map(({ hash, state }, ahead) => {
      const frame = from + ahead;
      return { frame, held: ahead === 0, hash, state, step: frame > 0 ? stepOf(rows[frame - 1], actionsOf) : null };
    });
  });
  const answers = await Promise.allSettled(runs);
  return answers.flatMap((answer) => (answer.status === "fulfilled" ? answer.value : []));
}

/** @param {number} from @param {Op[]} steps @returns {Op[]} */
function batchOf(from, steps) {
  /** @type {Op[]} */
  const look = [{ op: "computeHash" }, { op: "getState" }];
  const around = [{ op: /** @type {const} */ ("saveState"), params: { frame: ASIDE } }, { op: /** @type {const} */ ("loadState"), params: { frame: from } }];
  const back = [{ op: /** @type {const} */ ("loadState"), params: { frame: ASIDE } }, { op: /** @type {const} */ ("dropStates"), params: { before: 0 } }];
  return [...around, ...look, ...steps.flatMap((step) => [step, ...look]), ...back];
}

/** @param {Row} row @param {Past["actionsOf"]} actionsOf @returns {StepTaken} */
function stepOf(row, actionsOf) {
  const { frame, rewards, terminateds, truncateds, infos } = row;
  const parts = { actions: actionsOf(row), rewards, terminateds, truncateds, infos };
  return /** @type {StepTaken} */ ({ t: frame, ...Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, byText(part)])) });
}

/** @param {any} values a Map by agent */
function byText(values) {
  return values instanceof Map ? Object.fromEntries([...values].map(([agent, value]) => [String(agent), value])) : values;
}
