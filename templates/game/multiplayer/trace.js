// Trace: what a rollback did, line by line, for whoever looks for a difference between two pages.

/** @typedef {import("../rollback/types.js").BatchPlan} BatchPlan */
/** @typedef {import("../rollback/types.js").Input} Input */
/** @typedef {import("../rollback/plan_to_ops.js").TracedFrame} TracedFrame */

/**
 * @param {BatchPlan} plan that loads a state
 * @returns {string}
 */
export function rollbackLine({ epoch, load, from, replayed }) {
  return `[ROLLBACK-START] episode ${epoch} snapshot ${load} frames ${from} to ${from + replayed - 1}`;
}

/**
 * @param {readonly TracedFrame[]} frames
 * @param {(inputs: readonly Input[]) => Map<unknown, unknown>} actionsOf
 * @returns {string[]} `REPLAY_FRAME frame pre_hash actions post_hash`, the actions by slot
 */
export function replayLines(frames, actionsOf) {
  return frames.map(({ frame, preHash, inputs, postHash }) => `REPLAY_FRAME ${frame} ${preHash} ${JSON.stringify([...actionsOf(inputs).values()])} ${postHash}`);
}
