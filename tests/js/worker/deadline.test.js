import assert from "node:assert/strict";
import test from "node:test";
import { notLoaded, unanswered } from "../../../templates/worker/deadline.js";

test("a timeout names the methods that may hang, each once, and the setting", () => {
  assert.equal(
    unanswered(["step", "step", "render"], 10_000),
    "step() or render() did not return within 10 s ([pyodide] request_timeout of experiment.toml)",
  );
  assert.match(unanswered(["initEnv"], 1500), /^the entry point did not return within 1.5 s/);
  assert.match(unanswered(["saveState", "computeHash"], 1), /^get_state\(\) did not/);
  assert.match(unanswered(["dropStates"], 1), /^dropStates did not/);
});

test("loading without progress names its own setting", () => {
  assert.equal(notLoaded(60_000), "loading made no progress for 60 s ([pyodide] init_timeout of experiment.toml)");
});
