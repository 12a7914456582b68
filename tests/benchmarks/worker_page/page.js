// The worker's benchmark: the same work by message, in one batch, inside the worker, and on the page's main thread.
import { site } from "../../../templates/game/config.js";
import { PyodideWorker } from "../../../templates/worker/PyodideWorker.js";
import { Python } from "../../../templates/worker/python.js";
import { VerifiedFiles } from "../../../templates/worker/verified_files.js";
import { ENDLESS, ROLLBACK, STEP, STEPS, summary, times } from "./ops.js";

/** @typedef {import("../../../templates/worker/protocol.js").Op} Op */
/** @typedef {Record<string, {median: number, p95: number}>} Table */

const FRAME = 1000 / 60;
const payload = () => ({ ...site.worker, page: document.baseURI });

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

/** A message to a worker and back that never reaches Python. */
async function ping() {
  const worker = new Worker(IGBUILD_WORKER_URL, { type: "module" });
  const once = () =>
    new Promise((resolve) => {
      worker.onmessage = resolve;
      worker.postMessage({ id: 1, type: "ping", payload: {}, at: 0 });
    });
  const found = await times(2000, once);
  worker.terminate();
  return found;
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

/** @param {PyodideWorker} worker */
async function roundTrips(worker) {
  const found = { ping: await ping() };
  const noop = await times(2000, () => worker.batch([]));
  const step = await times(2000, () => worker.step([1, 0]));
  const step60 = await perFrame(200, () => worker.step([1, 0]));
  return { ...found, noop, step, step60 };
}

/** @param {PyodideWorker} worker */
async function shapes(worker) {
  /** @type {Record<string, number[]>} */
  const found = {};
  /** @type {Record<string, () => Promise<unknown>>} */
  const variants = {
    "48 awaits": () => oneByOne(worker, STEPS),
    "48 pipelined": () => pipelined(worker, STEPS),
    "48 batch": () => worker.batch(STEPS),
    "rollback awaits": () => oneByOne(worker, ROLLBACK),
    "rollback batch": () => worker.batch(ROLLBACK),
  };
  for (let round = 0; round < 3; round++) {
    for (const [name, action] of Object.entries(variants)) {
      (found[name] ??= []).push(...(await times(60, action)));
      if (name.startsWith("rollback")) {
        (found[`${name} busy`] ??= []).push(...(await whileBusy(() => times(60, action))));
      }
    }
  }
  return found;
}

/**
 * @param {string} url of a worker module that measures by itself
 * @param {object} init
 * @returns {Promise<Record<string, any>>}
 */
async function measuredIn(url, init) {
  const worker = new Worker(url, { type: "module" });
  const answer = await new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = (event) => reject(new Error(event.message));
    worker.postMessage({ init });
  });
  worker.terminate();
  if (answer.failed) throw new Error(answer.failed);
  return answer;
}

/** Python on the page's own thread: the design that the worker replaces. */
async function mainThread() {
  const python = await Python.start(payload(), new VerifiedFiles(() => {}), () => {});
  const run = (/** @type {Op[]} */ ops) => {
    const { value } = python.handle({ ops });
    if (value.error) throw new Error(value.error.message);
  };
  run([/** @type {any} */ ({ op: "initEnv", params: { globals: { kind: "pair", length: ENDLESS } } }), { op: "reset", params: { seed: 1 } }]);
  for (let i = 0; i < 4000; i++) run([STEP]);
  return { step: await times(2000, () => run([STEP])), step60: await perFrame(200, () => run([STEP])) };
}

async function frames() {
  const worker = await start("solo");
  await worker.step(1);
  const canvas = /** @type {HTMLCanvasElement} */ (document.querySelector("canvas"));
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const { width, height, pixels } = (await worker.render()).render_state;
  const image = new ImageData(pixels, width, height);
  const plain = [];
  const whole = [];
  /** @type {number[]} */
  const python = [];
  for (let round = 0; round < 3; round++) {
    plain.push(...(await times(100, () => context.putImageData(image, 0, 0))));
    whole.push(
      ...(await times(100, async () => {
        const { render_state: frame } = await worker.render();
        context.putImageData(new ImageData(frame.pixels, frame.width, frame.height), 0, 0);
        python.push(worker.lastTiming?.python ?? NaN);
      })),
    );
  }
  worker.destroy();
  return { plain, whole, python };
}

/** @param {Record<string, number[]>} found @returns {Table} */
const table = (found) => Object.fromEntries(Object.entries(found).map(([name, list]) => [name, summary(list)]));

async function measure() {
  const extra = await (await fetch("extra.json")).json();
  const worker = await start("pair");
  const trips = await roundTrips(worker);
  const batches = await shapes(worker);
  worker.destroy();
  const floor = await measuredIn(extra.floor_worker, payload());
  const { base } = site.worker.pyodide;
  const { compiled, ...baseline } = await measuredIn(extra.baseline_worker, {
    base,
    archives: site.worker.archives,
    page: document.baseURI,
  });
  return {
    isolated: crossOriginIsolated,
    compiled,
    trips: table(trips),
    batches: table(batches),
    floor: table(floor),
    baseline: table(baseline),
    main: table(await mainThread()),
    frames: table(await frames()),
  };
}

Object.assign(globalThis, { measure });
