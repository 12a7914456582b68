// The worker: takes requests in order, one after another, and carries them out in Python.
import { FAILURES, Failure, REQUESTS, stamp, wireError } from "./protocol.js";
import { Python } from "./python.js";
import { VerifiedFiles } from "./verified_files.js";
import { rgbaFrames } from "./frames.js";

/**
 * @typedef {import("./protocol.js").Request} Request
 * @typedef {import("./protocol.js").WorkerInit} WorkerInit
 * @typedef {import("./protocol.js").WireError} WireError
 */

/** Progress in bytes is said at most this often (ms). */
const PROGRESS_INTERVAL = 50;

/** `self`, as TypeScript's DOM library does not know it. @type {any} */
const scope = globalThis;

/** @type {Python | null} */
let python = null;
/** Requests asked for before `init`. @type {Request[]} */
const early = [];
/** Set once Python cannot go on. @type {WireError | null} */
let death = null;
let initialised = false;
/** The end of the line of requests. @type {Promise<void>} */
let line = Promise.resolve();

/**
 * @param {"ready" | "progress" | "error"} event
 * @param {object} [details]
 */
function tell(event, details) {
  scope.postMessage({ event, at: stamp(), ...details });
}

function downloads() {
  let last = 0;
  return new VerifiedFiles(({ name, loaded, total }) => {
    const now = performance.now();
    if (now - last < PROGRESS_INTERVAL && loaded < total) return;
    last = now;
    tell("progress", { stage: "download", message: `Downloading ${name}`, loaded, total });
  });
}

/** @param {WorkerInit} init */
async function start(init) {
  tell("progress", { stage: "download", message: "Downloading" });
  python = await Python.start(init, downloads(), (stage, message) => tell("progress", { stage, message }));
  tell("ready");
  return { value: { pyodide: init.pyodide.version }, transfer: [] };
}

/**
 * @param {Request} request
 * @returns {Promise<import("./python.js").Reply> | import("./python.js").Reply}
 */
function carryOut({ type, payload }) {
  if (type === "init") return start(payload);
  const running = /** @type {Python} */ (python);
  if (type === "installPackages") {
    return running.install(payload.packages).then((packages) => ({ value: { packages }, transfer: [] }));
  }
  const request = type === "batch" ? payload : { ops: [{ op: type, params: payload ?? {} }] };
  return running.handle(request);
}

/**
 * @param {Request} request
 * @param {import("./python.js").Reply} reply
 * @returns {import("./python.js").Reply} the result of the request, or what failed
 */
function resultOf({ type }, { value, transfer }) {
  if (type === "init" || type === "installPackages") return { value, transfer };
  rgbaFrames(value.error ? (value.error.partialResults ?? []) : value.results, transfer);
  return { value: type === "batch" || value.error ? value : value.results[0], transfer };
}

/** @param {Request} request */
async function answer(request) {
  const { id, type, at } = request;
  if (death) {
    scope.postMessage({ id, ok: false, error: death });
    return;
  }
  const started = stamp();
  try {
    const pending = carryOut(request);
    const reply = pending instanceof Promise ? await pending : pending;
    const ms = { queued: Math.max(0, started - at), python: stamp() - started };
    const { value: result, transfer } = resultOf(request, reply);
    if (result?.error) {
      const { opIndex, partialResults, ...error } = result.error;
      const details = type === "batch" ? { opIndex, partialResults } : {};
      scope.postMessage({ id, ok: false, error: { ...error, ...details } }, transfer);
    } else {
      scope.postMessage({ id, ok: true, result, ms }, transfer);
    }
  } catch (error) {
    fail(request, error);
  }
}

/**
 * @param {Request} request
 * @param {unknown} error
 */
function fail({ id }, error) {
  const failure = wireError(error, python === null ? FAILURES.load : undefined);
  if (python === null || failure.name === FAILURES.died) death = failure;
  scope.postMessage({ id, ok: false, error: failure });
  if (death) tell("error", { error: death });
}

/** @param {Request} request */
function enqueue(request) {
  line = line.then(() => answer(request));
}

/** @param {MessageEvent<Request>} message */
scope.onmessage = ({ data: request }) => {
  if (!REQUESTS.includes(request.type)) {
    const known = `the requests are ${REQUESTS.join(", ")}`;
    const error = wireError(new Failure(FAILURES.protocol, `there is no request ${JSON.stringify(request.type)}; ${known}`));
    scope.postMessage({ id: request.id, ok: false, error });
  } else if (request.type === "init") {
    if (initialised) {
      const error = wireError(new Failure(FAILURES.protocol, "init was asked for already; one worker runs one Python"));
      scope.postMessage({ id: request.id, ok: false, error });
      return;
    }
    initialised = true;
    enqueue(request);
    early.splice(0).forEach(enqueue);
  } else if (initialised) enqueue(request);
  else early.push(request);
};
