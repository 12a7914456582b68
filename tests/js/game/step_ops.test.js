import assert from "node:assert/strict";
import test from "node:test";
import { StepOps } from "../../../templates/game/step_ops.js";

/** @param {object} [server] @param {number} [maxSteps] */
const stepOps = (server, maxSteps = 100) => new StepOps(/** @type {any} */ ({ server, game: { maxSteps } }));
const ACTIONS = new Map([["a", 1]]);
/** @param {StepOps} steps @param {number} t */
const names = (steps, t) => steps.ops(t, ACTIONS).map(({ op }) => op);

test("a site that hands nothing in asks for a step and its picture, and nothing else", () => {
  const steps = stepOps();
  assert.deepEqual(steps.ops(29, ACTIONS), [{ op: "step", params: { actions: ACTIONS } }, { op: "render" }]);
  assert.deepEqual(steps.closing(/** @type {any} */ ({})), []);
});

test("the state is hashed at each interval and after the step that the limit makes the last", () => {
  const steps = stepOps({ hashInterval: 30, observations: false }, 45);
  const hashed = Array.from({ length: 45 }, (_, t) => t).filter((t) => names(steps, t).includes("computeHash"));
  assert.deepEqual(hashed, [29, 44]);
  assert.deepEqual(names(steps, 29), ["step", "render", "computeHash"]);
});

test("an end that nobody foresaw is hashed by a message of its own, one that was is not", () => {
  const steps = stepOps({ hashInterval: 30, observations: false });
  assert.deepEqual(steps.closing(/** @type {any} */ ({})), [{ op: "computeHash" }]);
  assert.deepEqual(steps.closing(/** @type {any} */ ({ stateHash: "ab" })), []);
  assert.deepEqual(stepOps({ hashInterval: 0 }).closing(/** @type {any} */ ({})), []);
});

test("observations cross only on request, and stand in the row", () => {
  const [step] = stepOps({ hashInterval: 0, observations: true }).ops(0, ACTIONS);
  assert.deepEqual(step.params, { actions: ACTIONS, obs: true });
  const obs = new Map([["a", [1]]]);
  const maps = { rewards: new Map(), terminateds: new Map(), truncateds: new Map(), infos: new Map() };
  const steps = stepOps({ hashInterval: 1, observations: true });
  const planned = { episode: 0, t: 0, actions: ACTIONS, isFocused: new Map() };
  const [row] = steps.rows(steps.ops(0, ACTIONS), [planned], [{ ...maps, obs }, {}, { hash: "cd" }]);
  assert.deepEqual(row, { ...planned, ...maps, observations: obs, stateHash: "cd" });
});

test("a state that cannot be hashed costs the hashes, and nothing else", async () => {
  const steps = stepOps({ hashInterval: 1, observations: false });
  const ops = steps.ops(0, ACTIONS);
  const partialResults = [{ done: true }, { render_state: 1 }];
  const refusal = Object.assign(new Error("env.file is an open file"), { opIndex: 2, partialResults });
  const warned = console.warn;
  /** @type {string[]} */
  const said = [];
  console.warn = (text) => void said.push(text);
  try {
    assert.deepEqual(await steps.answered(ops, Promise.reject(refusal)), { results: partialResults, done: true });
  } finally {
    console.warn = warned;
  }
  assert.match(said.join(), /without state hashes \(env\.file/);
  assert.deepEqual(names(steps, 1), ["step", "render"]);
  assert.deepEqual(steps.closing(/** @type {any} */ ({})), []);
});

test("a step that fails is a failure", async () => {
  const steps = stepOps({ hashInterval: 1, observations: false });
  for (const facts of [{ opIndex: 0, partialResults: [] }, {}]) {
    const failure = Object.assign(new Error("no"), facts);
    await assert.rejects(steps.answered(steps.ops(0, ACTIONS), Promise.reject(failure)), failure);
  }
});
