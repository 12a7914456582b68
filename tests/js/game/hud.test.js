import assert from "node:assert/strict";
import test from "node:test";
import { formatNumber, hudText } from "../../../templates/game/hud.js";

const facts = {
  steps: 2,
  scores: new Map(/** @type {[string | number, number][]} */ ([["human", 3], [2, 0.1 + 0.2]])),
  episode: 0,
  episodes: 3,
  maxSteps: 92,
  fps: 30,
  agent: "human",
  names: new Map([["human", "Ada"]]),
};

test("every name is filled in", () => {
  const template = "{player} {score} {score.2} {step}/{max_steps} {episode}/{episodes} {time_left}";
  assert.equal(hudText(template, facts), "Ada 3 0.3 2/92 1/3 3");
});

test("doubled braces are braces", () => {
  assert.equal(hudText("{{score}} {score}", facts), "{score} 3");
});

test("an agent without a name is called by its id, one without a reward has none", () => {
  assert.equal(hudText("{player} {score} {score.9}", { ...facts, agent: 2, names: new Map() }), "2 0.3 0");
  assert.equal(hudText("{score}", { ...facts, scores: new Map() }), "0");
});

test("what a reward holds is never read as a template", () => {
  assert.equal(hudText("{player}", { ...facts, names: new Map([["human", "{score} $& {{"]]) }), "{score} $& {{");
});

test("numbers read as people write them", () => {
  for (const [value, text] of /** @type {[number, string][]} */ ([
    [0, "0"], [-0, "0"], [3, "3"], [0.1 + 0.2, "0.3"], [-1.005, "-1"], [2.345, "2.35"], [1e6, "1000000"], [1e21, "1e+21"], [Infinity, "∞"], [-Infinity, "-∞"], [NaN, "–"],
  ])) {
    assert.equal(formatNumber(value), text);
  }
});
