import assert from "node:assert/strict";
import test from "node:test";
import { PATH_SHAPES, drawPath } from "../../../templates/game/render/paths.js";

/**
 * Draw a shape with a pen that writes down what it is told.
 *
 * @param {object} shape
 * @returns {string[]}
 */
function commands(shape) {
  /** @type {string[]} */
  const told = [];
  /** @param {unknown} value */
  const short = (value) => (typeof value === "number" ? Number(value.toFixed(3)) : value);
  const pen = new Proxy({}, { get: (_, name) => (/** @type {unknown[]} */ ...args) => void told.push([name, ...args.map(short)].join(" ")) });
  drawPath(/** @type {any} */ (pen), /** @type {any} */ (shape));
  return told;
}

/** @param {object} shape @param {RegExp} command */
const count = (shape, command) => commands(shape).filter((told) => command.test(told)).length;

test("every shape with an area is drawn from the same beginning", () => {
  assert.deepEqual([...PATH_SHAPES].sort(), ["arc", "circle", "ellipse", "line", "polygon", "rect"]);
  const all = { x: 0, y: 0, width: 4, height: 2, radius: 1, start: 0, end: 90, points: [[0, 0], [1, 0], [1, 1]] };
  for (const shape of PATH_SHAPES) assert.equal(commands({ shape, ...all })[0], "clear");
});

test("fill and outline are drawn only where they are asked for, and a width of 0 is none", () => {
  const shape = { shape: "circle", radius: 3 };
  assert.equal(count({ ...shape, fill: "#ff0000" }, /^(fillPath|fillStyle 16711680 1)/), 2);
  assert.equal(count({ ...shape, fill: "#ff0000" }, /strokePath/), 0);
  assert.equal(count({ ...shape, stroke: "#00ff00" }, /^lineStyle 1 65280 1/), 1);
  assert.equal(count({ ...shape, stroke: "#00ff00", stroke_width: 0 }, /strokePath/), 0);
  assert.equal(count({ shape: "line", points: [[0, 0], [1, 1]], stroke: "#000000", fill: "#ffffff" }, /fillPath/), 0);
});

test("a rectangle hangs at its anchor", () => {
  assert.ok(commands({ shape: "rect", width: 10, height: 20, fill: "#000000" }).includes("moveTo 0 0"));
  assert.ok(commands({ shape: "rect", width: 10, height: 20, anchor: [0.5, 1], fill: "#000000" }).includes("moveTo -5 -20"));
});

test("round corners never exceed half a side", () => {
  const arcs = commands({ shape: "rect", width: 10, height: 4, radius: 50, fill: "#000000" }).filter((told) => told.startsWith("arc"));
  assert.equal(arcs.length, 4);
  assert.ok(arcs.every((told) => told.split(" ")[3] === "2"));
});

test("an arc runs clockwise from start to end, also past 0 degrees", () => {
  const arc = { shape: "arc", radius: 2, stroke: "#000000" };
  assert.ok(commands({ ...arc, start: 0, end: 90 }).includes("arc 0 0 2 0 1.571"));
  assert.ok(commands({ ...arc, start: 270, end: 90 }).includes("arc 0 0 2 4.712 7.854"));
  assert.ok(commands({ ...arc, start: 0, end: 360 }).includes("arc 0 0 2 0 6.283"));
});

test("a pie goes to the centre and back, a bow stays open", () => {
  const arc = { shape: "arc", radius: 2, start: 0, end: 90, stroke: "#000000" };
  assert.equal(count({ ...arc, pie: true }, /^(moveTo 0 0|closePath)/), 2);
  assert.equal(count(arc, /^(moveTo|closePath)/), 0);
});

test("an ellipse's outline is not stretched with it", () => {
  const told = commands({ shape: "ellipse", width: 10, height: 4, stroke: "#000000" });
  assert.ok(told.indexOf("restore") < told.indexOf("strokePath"));
  assert.ok(told.includes("scaleCanvas 5 2"));
});
