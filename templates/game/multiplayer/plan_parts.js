// Plan parts: a batch plan as what is played again and what is new, so that each can be named. Pure.

/** @typedef {import("../rollback/types.js").BatchPlan} BatchPlan */

/**
 * The ops of the two parts, one after the other, are those of the plan.
 *
 * @param {BatchPlan} plan
 * @returns {{again: BatchPlan | null, onward: BatchPlan}} `again`: load and replay; null where nothing is loaded
 */
export function splitPlan(plan) {
  if (plan.load === null) return { again: null, onward: plan };
  const from = plan.from + plan.replayed;
  const before = (/** @type {number} */ frame) => frame < from;
  const after = (/** @type {number} */ frame) => frame >= from;
  return {
    again: { ...plan, steps: plan.steps.slice(0, plan.replayed), saves: plan.saves.filter(before), hashes: plan.hashes.filter(before), render: false },
    onward: {
      ...plan,
      keepFrom: null,
      load: null,
      from,
      replayed: 0,
      steps: plan.steps.slice(plan.replayed),
      saves: plan.saves.filter(after),
      hashes: plan.hashes.filter(after),
    },
  };
}

/**
 * @param {BatchPlan} plan
 * @returns {number} frames that it opens
 */
export function opened({ steps, replayed }) {
  return steps.length - replayed;
}
