import assert from "node:assert/strict";
import test from "node:test";
import { makeRow, outcome, packRow, scores, unpackRow } from "../../../templates/game/rows.js";
import { row } from "./rows_of.js";

test("scores are the sums of rewards, by the real ids", () => {
  const rows = [row({ rewards: [[1, 1], ["1", 10]] }), row({ rewards: [[1, 2]] })];
  assert.deepEqual(scores(rows), new Map(/** @type {[any, number][]} */ ([[1, 3], ["1", 10]])));
  assert.deepEqual(scores(rows.slice(1), scores(rows.slice(0, 1))), scores(rows));
});

test("a row tells what bots did too, where the worker says it", () => {
  const { rewards, terminateds, truncateds, infos, ...planned } = row({ actions: [["a", 1]] });
  const result = { rewards, terminateds, truncateds, infos };
  const all = new Map([["a", 1], ["bot", 2]]);
  assert.deepEqual(makeRow(planned, result).actions, planned.actions);
  assert.deepEqual(makeRow(planned, { ...result, actions: all }).actions, all);
});

test("an episode ends by its rules before it ends by a limit", () => {
  assert.equal(outcome(undefined), "unfinished");
  assert.equal(outcome(row({ terminateds: [[1, false]], truncateds: [[1, false]] })), "unfinished");
  assert.equal(outcome(row({ terminateds: [[1, false]], truncateds: [[1, true]] })), "truncated");
  assert.equal(outcome(row({ terminateds: [[1, true]], truncateds: [[1, true]] })), "terminated");
});

test("a packed row comes back as it was, ints, zeros and absences included", () => {
  const agents = [0, "0", "bot"];
  const before = row({
    episode: 2,
    t: 7,
    actions: [[0, 0], ["0", [1, 2]]],
    rewards: [[0, 0], ["bot", -0.5]],
    terminateds: [[0, false]],
    truncateds: [[0, true]],
    infos: [[0, { 1: "x" }]],
    isFocused: [[0, false], ["0", true]],
  });
  const text = JSON.stringify(packRow(before, agents));
  assert.deepEqual(unpackRow(JSON.parse(text), agents, 2), before);
});
