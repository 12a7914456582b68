import assert from "node:assert/strict";
import test from "node:test";
import { Scene, between } from "../../../templates/game/render/scene.js";

/** @param {number} x @param {object} [more] */
const circle = (x, more) => ({ shape: "circle", x, y: 0, radius: 5, fill: "#000000", ...more });

/** @param {Scene} scene @param {number} now */
const xs = (scene, now) => scene.at(now).things.map(({ shape }) => shape.x);

test("a thing with a tween moves from where it was, and arrives", () => {
  const scene = new Scene();
  scene.show([circle(0, { id: "a", tween: 100 })], 0);
  assert.deepEqual(xs(scene, 0), [0]);
  scene.show([circle(10, { id: "a", tween: 100 })], 1000);
  assert.deepEqual([xs(scene, 1000), xs(scene, 1050), xs(scene, 1100)], [[0], [5], [10]]);
  assert.equal(scene.at(1050).moving, true);
  assert.equal(scene.at(1100).moving, false);
});

test("a turn on the way begins where the thing is then", () => {
  const scene = new Scene();
  scene.show([circle(0, { id: "a", tween: 100 })], 0);
  scene.show([circle(10, { id: "a", tween: 100 })], 0);
  scene.show([circle(0, { id: "a", tween: 100 })], 50);
  assert.deepEqual([xs(scene, 50), xs(scene, 100), xs(scene, 150)], [[5], [2.5], [0]]);
});

test("a picture that repeats where a thing goes does not slow it down", () => {
  const scene = new Scene();
  scene.show([circle(0, { id: "a", tween: 100 })], 0);
  for (const now of [0, 30, 60]) scene.show([circle(10, { id: "a", tween: 100 })], now);
  assert.deepEqual(xs(scene, 100), [10]);
});

test("without a tween, without an id, or as another shape, a thing is there at once", () => {
  const scene = new Scene();
  scene.show([circle(0, { id: "a" }), circle(0), { shape: "rect", id: "b", x: 0, tween: 100 }], 0);
  scene.show([circle(10, { id: "a" }), circle(10), circle(10, { id: "b", tween: 100 })], 10);
  assert.deepEqual(xs(scene, 10), [10, 10, 10]);
});

test("the same thing keeps its key although others come and go before it", () => {
  const scene = new Scene();
  scene.show([circle(1, { id: "a" }), circle(2)], 0);
  const before = scene.at(0).things.map(({ key }) => key);
  scene.show([circle(2), circle(1, { id: "a" }), circle(3)], 1);
  const after = scene.at(1).things.map(({ key }) => key);
  assert.deepEqual(after.slice(0, 2), [before[1], before[0]]);
  assert.equal(new Set(after).size, 3);
});

test("deeper things are drawn first, equal ones in the order of the list", () => {
  const scene = new Scene();
  scene.show([circle(1, { depth: 2 }), circle(2), circle(3, { depth: -1 }), circle(4)], 0);
  assert.deepEqual(xs(scene, 0), [3, 2, 4, 1]);
});

test("a picture is complete: what it leaves out is gone", () => {
  const scene = new Scene();
  scene.show([circle(1), circle(2)], 0);
  scene.show([circle(1)], 1);
  assert.deepEqual(xs(scene, 1), [1]);
});

test("numbers, points and omitted defaults move; the rest is there at once", () => {
  const from = { shape: "polygon", points: [[0, 0], [10, 0], [0, 10]], fill: "#000000" };
  const to = { shape: "polygon", points: [[10, 0], [20, 0], [10, 10]], fill: "#ffffff", alpha: 0 };
  const half = between(from, to, 0.5);
  assert.deepEqual(half.points, [[5, 0], [15, 0], [5, 10]]);
  assert.equal(half.alpha, 0.5);
  assert.equal(half.fill, "#ffffff");
});

test("a polygon that gains a corner has it at once", () => {
  const from = { shape: "polygon", points: [[0, 0], [10, 0], [0, 10]] };
  const to = { shape: "polygon", points: [[1, 1], [2, 2], [3, 3], [4, 4]] };
  assert.deepEqual(between(from, to, 0.5).points, to.points);
});

test("a thing turns the shorter way round", () => {
  /** @param {number} a @param {number} b */
  const half = (a, b) => between({ shape: "rect", rotation: a }, { shape: "rect", rotation: b }, 0.5).rotation;
  assert.equal(half(0, 90), 45);
  assert.equal(half(350, 10), 360);
  assert.equal(half(10, 350), 0);
  assert.equal(half(-170, 170), -180);
});

test("what a correction moved gets to its place within the time given, without a tween of its own", () => {
  const scene = new Scene();
  scene.show([circle(0, { id: "a" })], 0);
  scene.show([circle(2, { id: "a" })], 30);
  scene.show([circle(42, { id: "a" })], 60, 100);
  assert.deepEqual([xs(scene, 60), xs(scene, 110), xs(scene, 160)], [[2], [22], [42]]);
});

test("a correction under way follows what the thing does meanwhile, and takes no longer", () => {
  const scene = new Scene();
  scene.show([circle(0, { id: "a" })], 0);
  scene.show([circle(40, { id: "a" })], 0, 100);
  scene.show([circle(44, { id: "a" })], 50);
  assert.deepEqual([xs(scene, 50), xs(scene, 75), xs(scene, 100)], [[20], [32], [44]]);
  scene.show([circle(48, { id: "a" })], 100);
  assert.deepEqual(xs(scene, 100), [48]);
});

test("a thing that a correction left on its course does not lag behind", () => {
  const scene = new Scene();
  for (let step = 0; step < 5; step++) scene.show([circle(10 * step, { id: "a" })], 30 * step, step > 1 ? 100 : 0);
  assert.deepEqual(xs(scene, 120), [40]);
});

test("a correction loses no shape: those without an id, new ones and other kinds are there at once", () => {
  const scene = new Scene();
  scene.show([circle(0, { id: "a" }), circle(0), circle(0, { id: "gone" })], 0);
  const corrected = [circle(90, { id: "a" }), circle(90), circle(90, { id: "new" }), { shape: "rect", id: "gone", x: 90, y: 0 }];
  scene.show(corrected, 10, 100);
  assert.deepEqual(xs(scene, 10), [0, 90, 90, 90]);
  assert.equal(scene.at(10).moving, true);
  assert.deepEqual(scene.at(110).things.map(({ shape }) => shape), corrected);
});
