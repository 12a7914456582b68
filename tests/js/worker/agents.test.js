// Per-agent data: ids stay what they are, and a wrong one is named.
import assert from "node:assert/strict";
import test from "node:test";
import { keyByAgent, keyResult, orderActions, orderOp } from "../../../templates/worker/agents.js";

test("values are keyed by the real ids, and absent agents are left out", () => {
  assert.deepEqual([...keyByAgent([1, null, 0], [0, "1", 2])], [[0, 1], [2, 0]]);
});

test("only the per-agent parts of a result become Maps", () => {
  const result = { rewards: [1, 2], done: false, render_state: { shapes: [1] } };
  assert.deepEqual(keyResult(result, [0, 1]), {
    rewards: new Map([[0, 1], [1, 2]]),
    done: false,
    render_state: { shapes: [1] },
  });
  assert.equal(keyResult(null, []), null);
});

test("actions are ordered from a Map, an object, an array, or a lone agent's own", () => {
  assert.deepEqual(orderActions(new Map([[1, "b"], [0, "a"]]), [0, 1]), ["a", "b"]);
  assert.deepEqual(orderActions({ 1: "b" }, [0, 1]), [null, "b"]);
  assert.deepEqual(orderActions(["a", null], [0, 1]), ["a", null]);
  assert.deepEqual(orderActions(3, ["human"]), [3]);
  assert.deepEqual(orderActions(null, ["human"]), [null]);
});

test("a Map's keys are the ids themselves: \"1\" is not 1", () => {
  assert.throws(() => orderActions(new Map([["1", 0]]), [0, 1]), /no agent is called "1"; the agents are \[0,1\]/);
});

test("actions that fit nobody are refused with the reason", () => {
  assert.throws(() => orderActions([1], [0, 1]), /1 actions for 2 agents/);
  assert.throws(() => orderActions(1, [0, 1]), /one action for 2 agents/);
  assert.throws(() => orderActions({ z: 1 }, ["a"]), /no agent is called "z"/);
});

test("only steps are rewritten, and the caller's op stays as it was", () => {
  const op = { op: /** @type {const} */ ("step"), params: { actions: new Map([["a", 1]]), render: true } };
  assert.deepEqual(orderOp(op, ["a"]), { op: "step", params: { actions: [1], render: true } });
  assert.ok(op.params.actions instanceof Map);
  const other = { op: /** @type {const} */ ("computeHash") };
  assert.equal(orderOp(other, ["a"]), other);
});
