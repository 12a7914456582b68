import assert from "node:assert/strict";
import test from "node:test";
import { readGlobals } from "../../../templates/game/globals.js";

/** @type {Record<string, import("../../../templates/game/site_config.js").GlobalSpec>} */
const SPECS = {
  speed: { type: "int", default: 2 },
  noise: { type: "float" },
  group: { type: "str", choices: ["a", "b"] },
  debug: { type: "bool" },
};

test("parameters arrive as the types that the experiment gives them", () => {
  const { values, problems } = readGlobals("?speed=-3&noise=1.5e-3&group=b&debug=true", SPECS);
  assert.deepEqual(problems, []);
  assert.deepEqual(values, { speed: -3, noise: 0.0015, group: "b", debug: true });
});

test("what the address leaves out has its default, or is not passed", () => {
  assert.deepEqual(readGlobals("", SPECS).values, { speed: 2 });
});

test("text stays text, decoded", () => {
  assert.deepEqual(readGlobals("?id=%C3%A9t%C3%A9+1", { id: { type: "str" } }).values, { id: "été 1" });
});

for (const [search, sentence] of /** @type {[string, RegExp][]} */ ([
  ["?speeed=1", /“speeed” is not a parameter.*speed, noise, group, debug/],
  ["?speed=fast", /“speed” must be a whole number, not “fast”/],
  ["?speed=1.5", /“speed” must be a whole number/],
  ["?speed=99999999999999999999", /“speed” must be a whole number/],
  ["?speed=", /“speed” must be a whole number/],
  ["?noise=Infinity", /“noise” must be a number/],
  ["?noise=0x10", /“noise” must be a number/],
  ["?debug=maybe", /“debug” must be true or false/],
  ["?group=c", /“group” must be one of a, b/],
  ["?speed=1&speed=2", /“speed” is given 2 times/],
  ["?constructor=1", /“constructor” is not a parameter/],
])) {
  test(`${search} is refused, in a sentence`, () => {
    const { problems } = readGlobals(search, SPECS);
    assert.equal(problems.length, 1);
    assert.match(problems[0], sentence);
  });
}

test("parameters that are recorded only are accepted, as text, and kept apart", () => {
  const { values, others, problems } = readGlobals("?speed=3&STUDY_ID=5f&PROLIFIC_PID=a%20b", SPECS, ["PROLIFIC_PID", "STUDY_ID", "SESSION_ID"]);
  assert.deepEqual([values, others, problems], [{ speed: 3 }, { STUDY_ID: "5f", PROLIFIC_PID: "a b" }, []]);
  assert.match(readGlobals("?participant=ann", SPECS, ["PROLIFIC_PID"]).problems[0], /It knows speed, noise, group, debug, PROLIFIC_PID\./);
  assert.match(readGlobals("?STUDY_ID=1&STUDY_ID=2", SPECS, ["STUDY_ID"]).problems[0], /given 2 times/);
});

test("every problem is named, not only the first", () => {
  assert.equal(readGlobals("?a=1&speed=x&debug=2", SPECS).problems.length, 3);
});
