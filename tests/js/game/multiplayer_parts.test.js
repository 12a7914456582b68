import assert from "node:assert/strict";
import test from "node:test";
import { affordable, calibrate, measureCosts } from "../../../templates/game/multiplayer/calibration.js";
import { Ending } from "../../../templates/game/multiplayer/ending.js";
import { describeHalt } from "../../../templates/game/multiplayer/halting.js";
import { HostedBots, hostedBots } from "../../../templates/game/multiplayer/hosted_bots.js";
import { LocalInput } from "../../../templates/game/multiplayer/local_input.js";
import { opened, splitPlan } from "../../../templates/game/multiplayer/plan_parts.js";
import { PlayerSlots } from "../../../templates/game/multiplayer/player_slots.js";
import { TickClock } from "../../../templates/game/clock.js";
import { CanonicalLog } from "../../../templates/game/rollback/canonical_log.js";
import { absentInput, authoredInput, neutralInput } from "../../../templates/game/rollback/input.js";
import { foldResults, planToOps } from "../../../templates/game/rollback/plan_to_ops.js";
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

const four = { agents: ["a", "b", 7, "c"], actionSpaces: [{ kind: "discrete", n: 301 }, { kind: "discrete", n: 4 }, { kind: "discrete", n: 3, start: 5 }, null] };

test("the host's input carries the actions of the bots it hosts, and all pages read them", () => {
  const hosted = hostedBots({ 7: { onnx: "m.onnx" }, b: { policy: "m:f" }, c: { onnx: "m.onnx" } }, four.agents);
  assert.deepEqual(hosted, [7, "c"]);
  const slots = new PlayerSlots(["a", "b"], four, { defaultAction: 0, keys: { x: 3 }, agents: {} }, hosted);
  assert.deepEqual([slots.hosts(0), slots.hosts(1)], [true, false]);
  const idle = new Map(/** @type {[any, any][]} */ ([["a", 0], [7, 5], ["c", 0], ["b", 0]]));
  assert.deepEqual(slots.exampleActions(0), idle);
  const did = new Map(/** @type {[any, any][]} */ ([[7, 6], ["c", 40000]]));
  const inputs = [slots.encode(0, 300, did), slots.encode(1, 3, did)].map((bytes) => authoredInput(bytes, false));
  assert.deepEqual(slots.actionsOf(inputs), new Map(/** @type {[any, any][]} */ ([["a", 300], [7, 6], ["c", 40000], ["b", 3]])));
  const width = slots.actionBytes + 1;
  assert.deepEqual(slots.actionsOf([neutralInput(width), neutralInput(width)]), idle);
  assert.deepEqual(slots.actionsOf([absentInput(width), absentInput(width)]), idle);
  assert.deepEqual(slots.encode(0, 0), new Uint8Array(width - 1), "what is not known yet is idle");
});

test("a hosted bot whose actions are no single numbers is refused with a way out", () => {
  const actionSpaces = [four.actionSpaces[0], { kind: "box", shape: [2], low: 0, high: 1 }];
  const make = () => new PlayerSlots(["a"], { agents: ["a", "b"], actionSpaces }, { defaultAction: 0, keys: {}, agents: {} }, ["b"]);
  assert.throws(make, /its agent's are a box; give it a Python policy/);
});

test("a host asks for its bots in the last step of a batch, or at the beginning, and others never do", () => {
  const step = { op: /** @type {const} */ ("step"), params: { actions: [] } };
  const ops = [step, step, { op: /** @type {const} */ ("render") }];
  const bots = new HostedBots(true);
  assert.deepEqual(bots.ask(ops).map(({ params }) => params?.propose), [undefined, true, undefined]);
  assert.deepEqual(bots.ask([{ op: "reset" }, { op: "computeHash" }]).map(({ params }) => params?.propose), [true, undefined]);
  assert.equal(new HostedBots().ask(ops), ops);
  bots.hear([{ proposed: new Map([["b", 1]]) }, {}, { proposed: new Map([["b", 2]]) }]);
  bots.hear([{ hash: "" }]);
  assert.deepEqual(bots.actions, new Map([["b", 2]]), "what was proposed last stands until something newer is");
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

test("observations are asked of each step on request, go with its row, and are part of the chain", () => {
  const inputs = [0, 1].map(() => authoredInput(Uint8Array.of(0), false));
  const batch = plan({ from: 5, steps: [inputs, inputs] });
  const actionsOf = () => [];
  const ops = planToOps(batch, { actionsOf, observations: true });
  assert.deepEqual(ops.map(({ params }) => params.obs), [true, true, undefined]);
  assert.ok(planToOps(batch, { actionsOf }).every(({ params }) => !("obs" in params)));
  const result = { rewards: new Map(), terminateds: new Map(), truncateds: new Map(), infos: new Map(), done: false };
  const seen = [1, 2].map((value) => new Map([["b", { dtype: "float32", shape: [1], data: Float32Array.of(value) }]]));
  const { rows } = foldResults(batch, ops, [{ ...result, obs: seen[0] }, { ...result, obs: seen[1] }, {}]).reply;
  assert.deepEqual(rows.map(({ obs }) => obs), seen);
  const slots = new PlayerSlots(["a", "b"], { agents: ["a", "b"], actionSpaces: [null, null] }, { defaultAction: 0, keys: { x: 1 }, agents: {} });
  assert.equal(slots.rowOf(0, rows[1]).observations, seen[1]);
  assert.ok(!("observations" in slots.rowOf(0, foldResults(batch, ops, [result, result, {}]).reply.rows[0])));
  const chains = rows.map(({ obs }) => {
    const row = { ...rows[0], frame: 0, obs };
    const timeline = /** @type {any} */ ({ rows: new Map([[0, row]]), take: () => ({ row, facts: {} }) });
    const log = new CanonicalLog(timeline, { hashInterval: 10 });
    log.promote(0, 0);
    return log.chain;
  });
  assert.notEqual(chains[0], chains[1]);
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

/** A worker whose computer is busy with something else, so many times slower, in some measurements. @param {number[]} busy */
function measured(busy = []) {
  const cost = { step: 2, saveState: 0.5, loadState: 0.25, reset: 9, dropStates: 0 };
  return {
    lastTiming: { queued: 0, python: 0 },
    measurements: 0,
    /** @param {any[]} ops */
    async batch(ops) {
      if (ops[0].op === "reset") this.measurements++;
      const slower = busy[this.measurements - 1] ?? 1;
      this.lastTiming.python = ops.reduce((sum, { op }) => sum + slower * cost[/** @type {keyof typeof cost} */ (op)], 0);
      return { results: ops.map(({ op }) => (op === "step" ? { done: false } : {})), ran: ops.length, done: false };
    },
  };
}
const SAMPLE = { seed: 1, actions: new Map() };

test("the costs are those of one step, one save and one load", async () => {
  assert.deepEqual(await measureCosts(measured(), SAMPLE), { stepMs: 2, saveMs: 0.5, loadMs: 0.25 });
});

test("a computer that is busy for a moment is measured again, and a game is not refused for it", async () => {
  const options = { ...SAMPLE, wished: { predictionWindow: 6, snapshotInterval: 1 }, fps: 30 };
  const ask = async (/** @type {number[]} */ busy) => {
    const worker = measured(busy);
    const { predictionWindow } = await calibrate(worker, options);
    return [predictionWindow, worker.measurements];
  };
  assert.deepEqual(await ask([]), [6, 1]);
  assert.deepEqual(await ask([10]), [6, 2], "it would have been too slow");
  assert.deepEqual(await ask([10, 2]), [6, 3], "its window would have been narrower");
  assert.deepEqual(await ask([10, 2, 3]), [5, 3], "the least of the costs counts");
  await assert.rejects(calibrate(measured([10, 10, 10]), options), /too slow for rollback/);
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
  const asked = (/** @type {object} */ ours, /** @type {any} */ theirs) => tell("incompatible", { difference: { ...difference, field: "features", ours: { globals: ours }, theirs } }).message;
  assert.match(asked({ fps: 3, storm: 0.5 }, { globals: { fps: 3, storm: 0.1 } }), /You and Ben .*: “storm” in its address differs\.$/);
  assert.match(asked({}, { globals: { storm: 0.1 } }), /: a parameter in its address differs/);
  assert.match(asked({ storm: 0.5 }, null), /“storm” in its address/);
});

test("who left in an earlier episode is not why a later one ends", () => {
  /** @param {any[]} events */
  const endOf = (...events) => {
    const ending = new Ending(3, String);
    for (const event of events) ending.hear(event, 0);
    const { reason, player } = ending.due(0) ?? {};
    return [reason, player];
  };
  const [started, halted] = [{ type: "EpisodeStarted", epoch: 1 }, { type: "Halted", reason: "minority", player: null, record: null }];
  const left = (/** @type {number} */ player) => ({ type: "PeerLeft", player });
  assert.deepEqual(endOf(left(1), started, halted), ["halted", null]);
  assert.deepEqual(endOf(left(1), started, left(2), halted), ["partner_left", 2]);
  assert.deepEqual(endOf(started, left(2), halted), ["partner_left", 2], "between two episodes too");
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
