// State probe: whether an environment comes back to a state, and from there to the same one again.

/** @typedef {import("../../worker/protocol.js").Op} Op */

/** Steps walked away from the state, and once more. */
const STEPS = 8;

/**
 * @param {Pick<import("../../worker/PyodideWorker.js").PyodideWorker, "batch">} worker
 * @param {object} walk
 * @param {number} walk.seed
 * @param {(step: number) => Map<unknown, unknown>} walk.actions
 * @param {() => Promise<string>} walk.hash of the state as it is
 * @returns {Promise<boolean>}
 */
export async function comesBack(worker, { seed, actions, hash }) {
  /** @type {Op[]} */
  const steps = Array.from({ length: STEPS }, (_, i) => ({ op: "step", params: { actions: actions(i) } }));
  const walked = async () => {
    await worker.batch(steps, { stopOnDone: true });
    return hash();
  };
  await worker.batch([{ op: "reset", params: { seed } }, { op: "saveState", params: { frame: 0 } }]);
  const begun = await hash();
  const reached = await walked();
  await worker.batch([{ op: "loadState", params: { frame: 0 } }]);
  return (await hash()) === begun && (await walked()) === reached;
}
