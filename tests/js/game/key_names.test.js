import assert from "node:assert/strict";
import test from "node:test";
import { byLabel, keyCaps, toldKeys } from "../../../templates/game/ui/key_names.js";

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
