// The laboratory's page: the worker's class and the site's `init` payload, for tests to drive from outside.
import * as protocol from "../../../templates/worker/protocol.js";
import { PyodideWorker, PyodideWorkerError } from "../../../templates/worker/PyodideWorker.js";
import { site } from "../../../templates/game/config.js";

/** @typedef {import("../../../templates/worker/protocol.js").WorkerInit} WorkerInit */

/** How often a message went each way, over all workers of this page. */
const traffic = { sent: 0, received: 0, types: /** @type {string[]} */ ([]) };

const post = Worker.prototype.postMessage;
/** @param {any[]} args */
Worker.prototype.postMessage = function count(...args) {
  traffic.sent += 1;
  traffic.types.push(args[0]?.type);
  return post.apply(this, /** @type {any} */ (args));
};

const receiver = /** @type {PropertyDescriptor} */ (Object.getOwnPropertyDescriptor(Worker.prototype, "onmessage"));
Object.defineProperty(Worker.prototype, "onmessage", {
  ...receiver,
  /** @param {(event: MessageEvent) => void} listener */
  set(listener) {
    receiver.set?.call(this, (/** @type {MessageEvent} */ event) => {
      if (!("event" in event.data)) traffic.received += 1;
      listener.call(this, event);
    });
  },
});

/**
 * Errors do not cross to the test as they are; this does.
 * @param {any} error
 */
function plain(error) {
  return {
    isWorkerError: error instanceof PyodideWorkerError,
    name: error.name,
    message: error.message,
    stack: error.stack,
    opIndex: error.opIndex,
    partialResults: error.partialResults && plainValue(error.partialResults),
  };
}

/**
 * A value as JSON holds it: Maps as lists of pairs, numbers that JSON loses as text, large arrays by their facts.
 * @param {any} value
 * @returns {any}
 */
function plainValue(value) {
  if (typeof value === "number") return Number.isFinite(value) && !Object.is(value, -0) ? value : { number: Object.is(value, -0) ? "-0" : String(value) };
  if (typeof value === "bigint") return { bigint: String(value) };
  if (value instanceof Map) return { map: [...value].map(([key, item]) => [plainValue(key), plainValue(item)]) };
  if (ArrayBuffer.isView(value)) {
    const items = /** @type {any} */ (value);
    return { array: value.constructor.name, length: items.length, head: [...items.slice(0, 8)].map(plainValue) };
  }
  if (Array.isArray(value)) return value.map(plainValue);
  if (value !== null && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plainValue(item)]));
  }
  return value === undefined ? null : value;
}

/**
 * Wait for a promise, and say how it ended and after how long.
 * @param {Promise<any>} promise
 */
async function outcome(promise) {
  const started = performance.now();
  try {
    return { ok: plainValue(await promise), ms: performance.now() - started };
  } catch (error) {
    return { error: plain(error), ms: performance.now() - started };
  }
}

/**
 * A worker that notes what it is told, under `progress` and `errors`.
 * @param {{timeouts?: {init?: number, request?: number}, url?: string}} [options]
 */
function make({ timeouts, url = IGBUILD_WORKER_URL } = {}) {
  /** @type {any[]} */
  const progress = [];
  /** @type {any[]} */
  const errors = [];
  const worker = new PyodideWorker({
    url,
    timeouts: { ...site.timeouts, ...timeouts },
    onProgress: (event) => progress.push(event),
    onError: (error) => errors.push(plain(error)),
  });
  return Object.assign(worker, { progress, errors });
}

/**
 * The payload of `init` with another entry point.
 * @param {Partial<WorkerInit["environment"]>} environment
 * @returns {WorkerInit}
 */
function initFor(environment = {}) {
  return { ...site.worker, environment: { ...site.worker.environment, ...environment } };
}

const workerUrl = IGBUILD_WORKER_URL;
const lab = { workerUrl, PyodideWorker, PyodideWorkerError, protocol, site, make, initFor, outcome, plain, plainValue, traffic };
/** @typedef {typeof lab} Lab */

Object.assign(globalThis, { lab });
