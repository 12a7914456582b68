import assert from "node:assert/strict";
import test from "node:test";
import { Bindings, splitKeys } from "../../../templates/game/input/bindings.js";
import { KeyState, MAX_QUEUED } from "../../../templates/game/input/key_state.js";

const KEYS = { ArrowLeft: 1, ArrowRight: 2, ArrowUp: 3, "ArrowUp+ArrowLeft": 4, w: 3, " ": 5 };

/**
 * @param {"pressed_keys" | "single_keystroke"} mode
 * @param {{keys?: Record<string, any>, agents?: Record<string, any>, ids?: (string | number)[]}} [options]
 */
function keys(mode, { keys: table = KEYS, agents = {}, ids = ["human"] } = {}) {
  const state = new KeyState(new Bindings({ defaultAction: 0, keys: table, agents }, ids), mode);
  let at = 100;
  return {
    state,
    /** @param {string} key @param {{code?: string, repeat?: boolean}} [event] */
    down: (key, { code = key, repeat = false } = {}) => state.press({ code, key, repeat, at: at++ }),
    /** @param {string} code */
    up: (code) => state.release({ code }),
    /** @param {string | number} [agent] */
    take: (agent = ids[0]) => state.sample().get(agent)?.action,
  };
}

test("names of combinations are split at their plus signs", () => {
  assert.deepEqual(splitKeys("ArrowUp+ArrowLeft"), ["ArrowUp", "ArrowLeft"]);
  assert.deepEqual(splitKeys("+"), ["+"]);
  assert.deepEqual(splitKeys("Shift++"), ["Shift", "+"]);
});

test("a key acts while it is held, and the default after", () => {
  const { down, up, take } = keys("pressed_keys");
  assert.equal(take(), 0);
  down("ArrowLeft");
  assert.deepEqual([take(), take()], [1, 1]);
  up("ArrowLeft");
  assert.equal(take(), 0);
});

test("a combination counts more than its keys", () => {
  const { down, up, take } = keys("pressed_keys");
  down("ArrowLeft");
  down("ArrowUp");
  assert.equal(take(), 4);
  up("ArrowUp");
  assert.equal(take(), 1);
});

test("of keys that do not go together the one pressed last acts", () => {
  const { down, up, take } = keys("pressed_keys");
  down("ArrowLeft");
  down("ArrowRight");
  assert.equal(take(), 2);
  up("ArrowRight");
  assert.equal(take(), 1);
});

test("a tap shorter than a step still counts for one step", () => {
  const { down, up, take } = keys("pressed_keys");
  down(" ");
  up(" ");
  assert.deepEqual([take(), take()], [5, 0]);
});

test("losing the focus lets go of all keys", () => {
  const { state, down, take } = keys("pressed_keys");
  down("ArrowLeft");
  state.releaseAll();
  assert.equal(take(), 0);
});

test("a key is let go of although Shift changed its name meanwhile", () => {
  const { down, up, take } = keys("pressed_keys");
  down("w", { code: "KeyW" });
  assert.equal(take(), 3);
  up("KeyW");
  assert.equal(take(), 0);
});

test("Caps Lock does not matter, unless the experiment tells cases apart", () => {
  const folded = keys("pressed_keys");
  assert.equal(folded.down("W", { code: "KeyW" }), true);
  assert.equal(folded.take(), 3);
  const apart = keys("pressed_keys", { keys: { a: 1, A: 2 } });
  apart.down("A", { code: "KeyA" });
  assert.equal(apart.take(), 2);
});

test("only keys of the experiment are taken from the browser", () => {
  const { state, down } = keys("pressed_keys");
  assert.equal(down("q"), false);
  assert.equal(down("ArrowLeft"), true);
  assert.equal(down("ArrowLeft", { repeat: true }), true);
  assert.equal(state.bindsModifiers({ ctrlKey: true, altKey: false, metaKey: false }), false);
  assert.equal(state.bindsModifiers({ ctrlKey: false, altKey: false, metaKey: false }), true);
});

test("in single_keystroke every press acts in one step, in order", () => {
  const { down, up, take } = keys("single_keystroke");
  down("ArrowLeft");
  down("ArrowLeft", { repeat: true });
  up("ArrowLeft");
  down("ArrowRight");
  assert.deepEqual([take(), take(), take()], [1, 2, 0]);
});

test("in single_keystroke a key joins those held to a combination", () => {
  const { down, take } = keys("single_keystroke");
  down("ArrowUp");
  down("ArrowLeft");
  assert.deepEqual([take(), take(), take()], [3, 4, 0]);
});

test("a hammered key does not fill the steps to come", () => {
  const { down, up, take } = keys("single_keystroke");
  for (let press = 0; press < 100; press++) {
    down(" ");
    up(" ");
  }
  let taken = 0;
  while (take() === 5) taken++;
  assert.equal(taken, MAX_QUEUED);
});

test("clearing forgets held keys and waiting strokes", () => {
  for (const mode of /** @type {const} */ (["pressed_keys", "single_keystroke"])) {
    const { state, down, take } = keys(mode);
    down(" ");
    state.clear();
    assert.equal(take(), 0);
  }
});

test("agents at one keyboard have their own keys and defaults, by their real ids", () => {
  const agents = { 1: { defaultAction: 9, keys: { a: 7 } } };
  const { state, down } = keys("pressed_keys", { agents, ids: [0, 1] });
  down("a");
  down(" ");
  const samples = state.sample();
  assert.deepEqual([...samples].map(([agent, { action }]) => [agent, action]), [[0, 5], [1, 7]]);
  assert.equal(keys("pressed_keys", { agents, ids: [0, 1] }).take(1), 9);
});

test("an action says which keys it came from, and when", () => {
  const { state, down } = keys("pressed_keys");
  down("ArrowUp");
  down("ArrowLeft");
  assert.deepEqual(state.sample().get("human"), { action: 4, keys: "ArrowUp+ArrowLeft", pressedAt: 101 });
  state.clear();
  assert.deepEqual(state.sample().get("human"), { action: 0, keys: null, pressedAt: null });
});
