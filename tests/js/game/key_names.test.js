import assert from "node:assert/strict";
import test from "node:test";
import { byLabel, keyCaps, ownControls, toldKeys } from "../../../templates/game/ui/key_names.js";

test("keys are printed as on keyboards, combinations key by key", () => {
  assert.deepEqual(keyCaps("ArrowUp+a"), ["↑", "A"]);
  assert.deepEqual(keyCaps("Shift++"), ["Shift", "+"]);
  assert.deepEqual(keyCaps(" "), ["Space"]);
});

test("a combination is told unless its keys act alone; each key once", () => {
  assert.deepEqual(toldKeys(["w", "a", "w+a", "Shift+a", "w"]), ["w", "a", "Shift+a"]);
});

test("keys with one text stand together, in the order of the table", () => {
  assert.deepEqual(byLabel({ w: "Up", " ": "Fire", ArrowUp: "Up" }), [["Up", ["w", "ArrowUp"]], ["Fire", [" "]]]);
});

test("who has other keys than the rest is told of these alone, with their texts", () => {
  const both = ["north", "south"];
  const controls = { defaultAction: 0, keys: { ArrowUp: 1, " ": 5 }, labels: { ArrowUp: "Move", w: "Move", " ": "Pick", e: "Pick" }, agents: {} };
  assert.equal(ownControls(controls, "south", both), null);
  assert.equal(ownControls({ ...controls, agents: { south: { defaultAction: 2, keys: { " ": 5, ArrowUp: 1 } } } }, "south", both), null);
  const apart = { ...controls, agents: { south: { defaultAction: 0, keys: { w: 1, e: 5 } } } };
  assert.deepEqual(ownControls(apart, "south", both), { defaultAction: 0, keys: { w: 1, e: 5 }, labels: { w: "Move", e: "Pick" }, agents: {} });
  assert.deepEqual(ownControls(apart, "north", both), { ...controls, labels: { ArrowUp: "Move", " ": "Pick" } });
  const same = { defaultAction: 0, keys: { w: 1 } };
  assert.equal(ownControls({ ...controls, agents: { south: same, north: same } }, "south", both), null, "nobody has the common ones");
  assert.equal(ownControls({ ...controls, agents: { south: { defaultAction: 0, keys: {} } } }, "south", both), null);
});
