import assert from "node:assert/strict";
import test from "node:test";
import { affordable, measureCosts } from "../../../templates/game/multiplayer/calibration.js";
import { describeHalt } from "../../../templates/game/multiplayer/halting.js";
import { LocalInput } from "../../../templates/game/multiplayer/local_input.js";
import { opened, splitPlan } from "../../../templates/game/multiplayer/plan_parts.js";
import { PlayerSlots } from "../../../templates/game/multiplayer/player_slots.js";
import { TickClock } from "../../../templates/game/clock.js";
import { authoredInput } from "../../../templates/game/rollback/input.js";
import { planToOps } from "../../../templates/game/rollback/plan_to_ops.js";
import { describeFailure } from "../../../templates/game/ui/failure.js";

const controls = { defaultAction: 0, keys: { a: 300 }, agents: { 2: { defaultAction: [0, 0], keys: { b: [1, -0.5] } } } };
const spaces = [{ kind: "discrete", n: 301 }, { kind: "box", shape: [2], low: -1, high: 1, dtype: "float32" }];

test("actions of different spaces travel in one width, and come back keyed by the real ids", () => {
  const slots = new PlayerSlots([2, "one"], { agents: ["one", 2], actionSpaces: spaces }, controls);
  const inputs = [slots.encode(0, [1, -0.5]), slots.encode(1, 300)].map((bytes, i) => authoredInput(bytes, i === 1));
  assert.equal(inputs[0].length, inputs[1].length);
  const actions = slots.actionsOf(inputs);
  assert.deepEqual([...actions.keys()], [2, "one"]);
  assert.equal(actions.get("one"), 300);
  assert.ok(/** @type {number[]} */ (actions.get(2)).every((value, i) => Math.abs(value - [1, -0.5][i]) < 1e-4));
  assert.deepEqual([...slots.focusOf(inputs)], [[2, true], ["one", false]]);
});

test("an environment that names no space takes the whole numbers that keys give", () => {
  const slots = new PlayerSlots(["a", "b"], { agents: ["a", "b"], actionSpaces: [null, null] }, { defaultAction: 1, keys: { x: -1, y: 4 }, agents: {} });
  for (const action of [-1, 0, 1, 2, 3, 4]) {
    const inputs = [slots.encode(0, action), slots.encode(1, 1)].map((bytes) => authoredInput(bytes, false));
    assert.deepEqual(slots.actionsOf(inputs), new Map([["a", action], ["b", 1]]));
  }
  assert.deepEqual(slots.encode(0, 1), new Uint8Array(1), "the default is all zeros");
  assert.throws(() => slots.encode(0, 5), /not in its space/);
});

/** @param {Partial<import("../../../templates/game/rollback/types.js").BatchPlan>} more */
const plan = (more) => ({ id: 1, epoch: 0, reset: false, keepFrom: null, load: null, from: 0, steps: [], saves: [], hashes: [], replayed: 0, render: true, ...more });
/** @param {number} count */
const steps = (count) => Array.from({ length: count }, (_, i) => [Uint8Array.of(i, 0)]);

test("the parts of a plan make the ops of the whole, whatever it saves and hashes", () => {
  const options = { actionsOf: (/** @type {any} */ [first]) => first[0] };
  for (const [replayed, fresh] of [[1, 0], [3, 0], [3, 1], [1, 1], [5, 20]]) {
    const all = replayed + fresh;
    for (const frames of [[], [8], [8, 10], Array.from({ length: all + 1 }, (_, i) => 8 + i)]) {
      const whole = plan({ keepFrom: 4, load: 8, from: 8, steps: steps(all), replayed, saves: frames, hashes: frames.filter((frame) => frame < 8 + all) });
      const { again, onward } = splitPlan(whole);
      assert.ok(again);
      assert.equal(opened(onward), fresh);
      const ops = [...planToOps(again, options), ...planToOps(onward, options)];
      const named = (/** @type {any[]} */ list) => list.map(({ op, params }) => JSON.stringify([op, params])).sort();
      assert.deepEqual(named(ops), named(planToOps(whole, options)));
      assert.equal(ops.at(-1)?.op, "render");
      const step = (/** @type {any[]} */ list) => list.filter(({ op }) => op === "step" || op === "saveState");
      assert.deepEqual(step(ops), step(planToOps(whole, options)), "each state is saved before its own step");
    }
  }
});

test("a plan that loads nothing is not split", () => {
  const whole = plan({ from: 5, steps: steps(1) });
  assert.deepEqual(splitPlan(whole), { again: null, onward: whole });
});

/** @param {(number | null)[]} presses */
function input(presses, mode = /** @type {"pressed_keys" | "single_keystroke"} */ ("pressed_keys")) {
  const taken = presses.map((keypress, i) => ({ actions: new Map([["a", i]]), isFocused: new Map(), keypress }));
  return new LocalInput(() => taken.shift() ?? { actions: new Map(), isFocused: new Map(), keypress: null }, mode);
}

test("while no step opens, the newest held key counts, and a tap that is over still does", () => {
  const local = input([null, 5, 6, null, null]);
  assert.equal(local.next().actions.get("a"), 0);
  assert.equal(local.next().actions.get("a"), 1);
  assert.equal(local.next().actions.get("a"), 2);
  assert.equal(local.next().actions.get("a"), 2, "the key is up again, and no step took it");
  local.taken();
  assert.equal(local.next().actions.get("a"), 4);
});

test("a keystroke waits for its step, and the next one behind it", () => {
  const local = input([5, 6], "single_keystroke");
  assert.equal(local.next().keypress, 5);
  assert.equal(local.next().keypress, 5);
  local.taken();
  assert.equal(local.next().keypress, 6);
});

test("what a page can afford: snapshots where they are cheap, a window that fits a frame", () => {
  const wished = { predictionWindow: 8, snapshotInterval: null };
  assert.deepEqual(affordable(wished, { stepMs: 1, saveMs: 0.1, loadMs: 0.1 }, 30), { predictionWindow: 8, snapshotInterval: 1 });
  assert.deepEqual(affordable(wished, { stepMs: 1, saveMs: 1, loadMs: 1 }, 30), { predictionWindow: 8, snapshotInterval: 4 });
  assert.equal(affordable(wished, { stepMs: 5, saveMs: 0.1, loadMs: 0.1 }, 30).predictionWindow, 5);
  assert.equal(affordable({ ...wished, snapshotInterval: 2 }, { stepMs: 1, saveMs: 0, loadMs: 0 }, 30).snapshotInterval, 2);
  assert.throws(() => affordable(wished, { stepMs: 20, saveMs: 1, loadMs: 1 }, 30), /too slow for rollback/);
});

test("the costs are those of one step, one save and one load", async () => {
  const cost = { step: 2, saveState: 0.5, loadState: 0.25, reset: 9, dropStates: 0 };
  const worker = {
    lastTiming: { queued: 0, python: 0 },
    /** @param {any[]} ops */
    async batch(ops) {
      this.lastTiming.python = ops.reduce((sum, { op }) => sum + cost[/** @type {keyof typeof cost} */ (op)], 0);
      return { results: ops.map(({ op }) => (op === "step" ? { done: false } : {})), ran: ops.length, done: false };
    },
  };
  assert.deepEqual(await measureCosts(worker, { seed: 1, actions: new Map() }), { stepMs: 2, saveMs: 0.5, loadMs: 0.25 });
});

test("every halt is told to participants in a sentence", () => {
  const nameOf = (/** @type {number} */ slot) => ["Ada", "Ben", "Eve"][slot];
  const tell = (/** @type {any} */ reason, /** @type {any} */ more = {}) =>
    describeHalt({ type: "Halted", reason, player: 1, record: null }, { players: 3, nameOf, difference: null, ...more });
  for (const reason of ["minority", "dropped-by-peers", "incompatible", "desync", "left", "worker-failed"]) {
    const failure = describeFailure(tell(reason));
    assert.equal(failure.headline, "The game cannot go on");
    assert.match(failure.message, /^[A-Z].*\.$/);
  }
  const difference = { type: "Incompatible", player: 1, field: "envDigest", ours: 1, theirs: 2 };
  assert.match(tell("incompatible", { difference }).message, /You and Ben .* the build of the page differs/);
});

test("a change of pace keeps the ticks taken so far where they were", () => {
  const clock = new TickClock(1000, 100);
  assert.deepEqual(clock.take(1100), { ticks: 1, dropped: 0 });
  clock.pace(110);
  assert.equal(clock.due, 1210);
  assert.deepEqual(clock.take(1209), { ticks: 0, dropped: 0 });
  assert.deepEqual(clock.take(1210), { ticks: 1, dropped: 0 });
  clock.pace(90);
  assert.equal(clock.due, 1300);
});
