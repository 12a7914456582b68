// What two pages that differ hold of the same steps.
import assert from "node:assert/strict";
import test from "node:test";
import { compare, firstDifferent, verdict } from "../../../templates/dev/comparison.js";
import { History, SPAN_MS } from "../../../templates/dev/history.js";
import { scaleOf } from "../../../templates/dev/graph.js";

/** @param {number} frame @param {number} x @param {{held?: boolean, reward?: number}} [more] @returns {any} */
const before = (frame, x, { held = true, reward = 0 } = {}) => ({
  frame,
  held,
  hash: `h${x}`,
  state: { env_state: { x } },
  step: frame ? { t: frame - 1, actions: { red: 3, blue: 0 }, rewards: { red: reward } } : null,
});

test("only steps of which both hold the state are compared, in order", () => {
  const moments = compare([before(4, 1), before(5, 1, { held: false }), before(8, 1)], [before(4, 1), before(5, 1), before(9, 1)]);
  assert.deepEqual(moments.map(({ frame, held, equal }) => [frame, held, equal]), [[4, true, true], [5, false, true]]);
  assert.equal(firstDifferent(moments), null);
  assert.match(verdict(moments, ["Red", "Blue"]), /are equal/);
  assert.match(verdict([], ["Red", "Blue"]), /hold no state of the same step/);
});

test("the verdict names the step, its actions, and the first value that differs", () => {
  const moments = compare([before(4, 1), before(5, 1), before(6, 2)], [before(4, 1), before(5, 1), before(6, 3)]);
  assert.equal(verdict(moments, ["Red", "Blue"]), "Red and Blue were equal before step 5, in which the actions were red 3, blue 0, and differ after it: env_state['x'] is 2 / 3.");
  assert.equal(verdict(moments.slice(2), ["Red", "Blue"]), "Red and Blue differ before step 6: env_state['x'] is 2 / 3.");
});

test("steps that were recorded differently are a difference, though the states are equal", () => {
  const moments = compare([before(5, 1, { reward: 1 })], [before(5, 1, { reward: 2 })]);
  assert.match(verdict(moments, ["Red", "Blue"]), /step\['rewards'\]\['red'\] is 1 \/ 2/);
});

test("history forgets what is older than its span", () => {
  /** @type {History<{at: number}>} */
  const history = new History();
  history.push([{ at: 0 }, { at: 500 }]);
  history.push([{ at: SPAN_MS }]);
  assert.deepEqual(history.recent(SPAN_MS + 100).map(({ at }) => at), [500, SPAN_MS]);
  assert.deepEqual(history.recent(3 * SPAN_MS), []);
});

test("scales are round, and hold the greatest value", () => {
  assert.deepEqual([0, 20, 21, 160, 201, 999, 1001].map((most) => scaleOf(most, 20)), [20, 20, 30, 200, 300, 1000, 1500]);
});
