// Random keys: each is let go of before the next, and none is held when the game, or the playing, is over.
import assert from "node:assert/strict";
import test from "node:test";
import { RandomKeys } from "../../../templates/dev/random_keys.js";

/** @param {import("node:test").TestContext} context @param {string[]} keys */
function playing(context, keys) {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  /** @type {[string, string][]} */
  const pressed = [];
  const random = new RandomKeys(() => keys, (type, key) => void pressed.push([type, key]));
  return { random, pressed, pass: () => context.mock.timers.tick(600) };
}

test("keys go down and up in turn; combinations are left out, the plus key is not", (context) => {
  const { random, pressed, pass } = playing(context, ["a", "a+b", "+"]);
  random.start();
  random.start();
  for (let i = 0; i < 60; i++) pass();
  assert.ok(random.running && pressed.length > 50);
  pressed.forEach(([type, key], i) => {
    assert.equal(type, i % 2 ? "keyup" : "keydown");
    if (i % 2) assert.equal(key, pressed[i - 1][1]);
  });
  assert.deepEqual(new Set(pressed.map(([, key]) => key)), new Set(["a", "+"]));
});

test("a key that is held is let go of at the end", (context) => {
  const { random, pressed } = playing(context, ["a"]);
  random.start();
  random.stop();
  assert.deepEqual(pressed, [["keydown", "a"], ["keyup", "a"]]);
  assert.equal(random.running, false);
});

test("while there are no keys, as between rounds, nothing is pressed", (context) => {
  const keys = ["a"];
  const { random, pressed, pass } = playing(context, keys);
  random.start();
  keys.pop();
  pass();
  pass();
  assert.deepEqual(pressed, [["keydown", "a"], ["keyup", "a"]]);
  keys.push("b");
  pass();
  assert.deepEqual(pressed[2], ["keydown", "b"]);
});
