// The worker's benchmark: the same work by message, in one batch, inside the worker, and on the page's main thread,
// in rounds that go through all variants, so that a noisy machine is as noisy to each.
import { site } from "../../../templates/game/config.js";
import { PyodideWorker } from "../../../templates/worker/PyodideWorker.js";
import { Python } from "../../../templates/worker/python.js";
import { VerifiedFiles } from "../../../templates/worker/verified_files.js";
import { compiledPerOp } from "./compiled.js";
import { Measured } from "./measuring.js";
import { BEGIN, ENDLESS, ROLLBACK, STEP, STEPS, runner, summary, times } from "./ops.js";

/** @typedef {import("../../../templates/worker/protocol.js").Op} Op */

const FRAME = 1000 / 60;
const payload = { ...site.worker, page: document.baseURI };

/** @param {number} ms */
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * @param {"pair" | "solo"} kind of environment, of lab/study/toy.py
 * @returns {Promise<PyodideWorker>}
 */
async function start(kind) {
  const worker = new PyodideWorker({ url: IGBUILD_WORKER_URL });
  await worker.init(site.worker);
  const { agents } = await worker.initEnv({ kind, length: ENDLESS });
  await worker.reset({ seed: 1 });
  await worker.saveState(0);
  /** @type {Op} */
  const step = { op: "step", params: { actions: agents.map(() => 0) } };
  for (let i = 0; i < 4000; i++) await worker.batch([step]); // until the browser's optimising compiler is done
  return worker;
}

/**
 * One op as a request of its own.
 * @param {PyodideWorker} worker
 * @param {Op} op
 * @returns {Promise<unknown>}
 */
function ask(worker, { op, params }) {
  switch (op) {
    case "step":
      return worker.step(params?.actions);
    case "loadState":
      return worker.loadState(/** @type {number} */ (params?.frame));
    case "computeHash":
      return worker.computeHash();
    default:
      return worker.getState();
  }
}

/**
 * @param {PyodideWorker} worker
 * @param {Op[]} ops
 */
async function oneByOne(worker, ops) {
  for (const op of ops) await ask(worker, op);
}

/**
 * @param {PyodideWorker} worker
 * @param {Op[]} ops
 */
const pipelined = (worker, ops) => Promise.all(ops.map((op) => ask(worker, op)));

/** A worker that answers a message without Python. */
function echo() {
  const worker = new Worker(IGBUILD_WORKER_URL, { type: "module" });
  return () =>
    new Promise((resolve) => {
      worker.onmessage = resolve;
      worker.postMessage({ id: 1, type: "ping", payload: {}, at: 0 });
    });
}

/**
 * Keep the main thread busy for 8 ms of every frame while something is measured.
 * @param {() => Promise<number[]>} timing
 */
async function whileBusy(timing) {
  const timer = setInterval(() => {
    const end = performance.now() + 8;
    while (performance.now() < end);
  }, FRAME);
  try {
    return await timing();
  } finally {
    clearInterval(timer);
  }
}

/**
 * Time something once per frame of a 60 fps game.
 * @param {number} count
 * @param {() => unknown} action
 */
async function perFrame(count, action) {
  const found = [];
  for (let i = 0; i < count; i++) {
    await sleep(FRAME);
    const started = performance.now();
    const pending = action();
    if (pending instanceof Promise) await pending;
    found.push(performance.now() - started);
  }
  return found;
}

/** Every variant, by name: a function that measures it once round. */
async function variants() {
  const extra = await (await fetch("extra.json")).json();
  const worker = await start("pair");
  const ping = echo();
  const floor = new Measured(extra.floor_worker, payload);
  const { pyodide, archives, page } = payload;
  const stock = { pyodide, archives, page };
  const baseline = new Measured(extra.baseline_worker, stock);
  const onMain = runner(await Python.start(payload, new VerifiedFiles(() => {}), () => {}));
  BEGIN.forEach((op) => onMain([op]));
  for (let i = 0; i < 4000; i++) onMain([STEP]);
  const compiled = await compiledPerOp(stock);
  await floor.times("", 0);
  await baseline.times("", 0);
  const awaits = () => oneByOne(worker, ROLLBACK);
  const batch = () => worker.batch(ROLLBACK);
  /** @type {Record<string, () => Promise<number[]>>} */
  const all = {
    ping: () => times(300, ping),
    "no-op: round trip": () => times(300, () => worker.batch([])),
    "no-op: floor": () => floor.times("noop", 300),
    "step: round trip": () => times(300, () => worker.step([1, 0])),
    "step: floor": () => floor.times("step", 300),
    "step: main thread": () => times(300, () => onMain([STEP])),
    "step: main thread, compiled per step": () => times(60, compiled.step),
    "step at 60 fps: round trip": () => perFrame(40, () => worker.step([1, 0])),
    "step at 60 fps: main thread": () => perFrame(40, () => onMain([STEP])),
    "step at 60 fps: main thread, compiled per step": () => perFrame(40, compiled.step),
    "48 steps: awaits": () => times(40, () => oneByOne(worker, STEPS)),
    "48 steps: pipelined": () => times(40, () => pipelined(worker, STEPS)),
    "48 steps: one batch": () => times(40, () => worker.batch(STEPS)),
    "48 steps: floor": () => floor.times("48 steps", 40),
    "rollback: awaits": () => times(40, awaits),
    "rollback: one batch": () => times(40, batch),
    "rollback: floor": () => floor.times("rollback", 40),
    "rollback: compiled per op": () => baseline.times("rollback", 10),
    "rollback, page busy: awaits": () => whileBusy(() => times(40, awaits)),
    "rollback, page busy: one batch": () => whileBusy(() => times(40, batch)),
    ...(await frames()),
  };
  return all;
}

/** A frame of 400 by 600 from Python to the screen. */
async function frames() {
  const worker = await start("solo");
  await worker.step(1);
  const canvas = /** @type {HTMLCanvasElement} */ (document.querySelector("canvas"));
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const { width, height, pixels } = (await worker.render()).render_state;
  const image = new ImageData(pixels, width, height);
  return {
    "RGB 400x600: putImageData alone": () => times(60, () => context.putImageData(image, 0, 0)),
    "RGB 400x600: Python to canvas": () =>
      times(60, async () => {
        const { render_state: frame } = await worker.render();
        context.putImageData(new ImageData(frame.pixels, frame.width, frame.height), 0, 0);
      }),
  };
}

/**
 * @param {number} rounds
 * @returns {Promise<Record<string, {median: number, p95: number}>>}
 */
async function measure(rounds) {
  const all = await variants();
  /** @type {Record<string, number[]>} */
  const found = Object.fromEntries(Object.keys(all).map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, timing] of Object.entries(all)) found[name].push(...(await timing()));
  }
  return Object.fromEntries(Object.entries(found).map(([name, list]) => [name, summary(list)]));
}

Object.assign(globalThis, { measure });
