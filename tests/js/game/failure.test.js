import assert from "node:assert/strict";
import test from "node:test";
import { describeFailure } from "../../../templates/game/ui/failure.js";

test("a Python error shows its type, message and traceback", () => {
  const error = Object.assign(new Error("division by zero"), {
    name: "ZeroDivisionError",
    stack: 'Traceback (most recent call last):\n  File "env.py", line 3, in step\nZeroDivisionError: division by zero\n',
  });
  const { type, message, details, headline } = describeFailure(error);
  assert.deepEqual([type, message, headline], ["ZeroDivisionError", "division by zero", "The game stopped"]);
  assert.match(details, /File "env.py", line 3, in step/);
});

test("a file that did not arrive is the network's fault, not the game's", () => {
  const { headline, advice } = describeFailure(Object.assign(new Error("x"), { name: "IntegrityError" }));
  assert.match(headline, /could not be loaded/);
  assert.match(advice, /connection/);
});

test("whatever else is thrown has a type and a message", () => {
  for (const thrown of [null, undefined, "text", 3, {}, { message: "m" }, Object.create(null)]) {
    const { type, message, details } = describeFailure(thrown);
    assert.equal(type, "Error");
    assert.equal(typeof message, "string");
    assert.equal(details, "");
  }
});

test("why people cannot play on is a sentence, without an error's name and places in the code", () => {
  const { type, message, details } = describeFailure(Object.assign(new Error("The connection was lost."), { name: "GameHalted" }));
  assert.deepEqual([type, message, details], ["", "The connection was lost.", ""]);
});
