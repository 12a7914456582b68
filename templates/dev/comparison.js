// Comparison: what two pages that differ hold of the same frames, and where they part. Pure.
import { firstDifference, stateLines } from "./state_lines.js";

/** @typedef {import("../game/multiplayer/evidence.js").StateBefore} StateBefore */
/** @typedef {import("./state_lines.js").Line} Line */

/**
 * One frame as both hold it. `held`: both as the game went, neither stepped again.
 *
 * @typedef {{frame: number, held: boolean, equal: boolean, one: StateBefore, other: StateBefore}} Moment
 */

/**
 * @param {readonly StateBefore[]} one
 * @param {readonly StateBefore[]} other
 * @returns {Moment[]} the frames of which both have the state, ascending
 */
export function compare(one, other) {
  const theirs = new Map(other.map((each) => [each.frame, each]));
  return one.flatMap((mine) => {
    const its = theirs.get(mine.frame);
    if (!its) return [];
    const equal = mine.hash === its.hash && firstDifference(mine.step, its.step) === null;
    return [{ frame: mine.frame, held: mine.held && its.held, equal, one: mine, other: its }];
  });
}

/** @param {readonly Moment[]} moments @returns {Moment | null} the first that differs */
export const firstDifferent = (moments) => moments.find(({ equal }) => !equal) ?? null;

/** @param {Moment} moment @returns {Line[]} its state, and the step that led to it */
export function momentLines({ one, other }) {
  const both = [one, other].map(({ state, step }) => ({ ...state, step: step ?? {} }));
  return [...stateLines(both[0], both[1])];
}

/**
 * @param {readonly Moment[]} moments
 * @param {readonly [string, string]} names of the two players
 * @returns {string} what is known, in a sentence or two
 */
export function verdict(moments, [one, other]) {
  if (moments.length === 0) return `${one} and ${other} hold no state of the same step.`;
  const differs = firstDifferent(moments);
  if (!differs) return `All states that ${one} and ${other} hold are equal, and so are their steps: what differed is gone.`;
  const where = momentLines(differs).find(({ equal }) => !equal);
  const what = where ? `${where.path} is ${where.one} / ${where.other}` : "their hashes differ, but no value does";
  const before = moments[moments.indexOf(differs) - 1];
  const { step } = differs.one;
  if (before?.frame !== differs.frame - 1 || !step) return `${one} and ${other} differ before step ${differs.frame}: ${what}.`;
  const did = Object.entries(step.actions).map(([agent, action]) => `${agent} ${JSON.stringify(action)}`);
  return `${one} and ${other} were equal before step ${step.t}, in which the actions were ${did.join(", ")}, and differ after it: ${what}.`;
}
