// What crosses between the page and the worker: names, shapes and the stamps on events.

/**
 * An agent's id as the environment names it: usually a string or an integer, kept as it is.
 * @typedef {string | number | boolean | null | object} AgentId
 */

/**
 * An operation on the environment. Each is also a request type of its own: a batch of one.
 * @typedef {"reset" | "step" | "getState" | "setState" | "saveState" | "loadState" | "dropStates"
 *   | "computeHash" | "seedRng" | "render"} OpName
 */

/**
 * @typedef {"init" | "installPackages" | "initEnv" | "batch" | OpName} RequestType
 */

/**
 * @typedef {{op: OpName, params?: Record<string, unknown>}} Op
 */

/**
 * @typedef {object} Request
 * @property {number} id unique within one worker
 * @property {RequestType} type
 * @property {any} payload
 * @property {number} at when it was sent, ms since the epoch (see `stamp`)
 */

/**
 * @typedef {object} WireError
 * @property {string} name Python's exception type, or one of `FAILURES`
 * @property {string} message
 * @property {string} [stack] Python's traceback
 * @property {number} [opIndex] which op of a batch failed
 * @property {any[]} [partialResults] results of the ops before it
 */

/**
 * Milliseconds a request waited before Python saw it, and then spent in Python.
 * @typedef {{queued: number, python: number}} Timing
 */

/**
 * @typedef {{id: number, ok: true, result: any, ms: Timing}
 *   | {id: number, ok: false, error: WireError}} Answer
 */

/**
 * @typedef {"download" | "python" | "packages" | "environment"} Stage
 */

/**
 * `loaded` and `total` are bytes. `error` means that the worker cannot continue.
 * @typedef {{event: "ready", at: number}
 *   | {event: "progress", at: number, stage: Stage, message: string, loaded?: number, total?: number}
 *   | {event: "error", at: number, error: WireError}} WorkerEvent
 */

/**
 * A file of the site, by the hash the site was built with.
 * @typedef {{url: string, sha256: string, size: number}} PinnedFile
 */

/**
 * @typedef {object} LockPackage
 * @property {string} name
 * @property {string} file_name relative to `wheelBase`
 * @property {string} sha256
 * @property {string[]} depends
 * @property {string[]} imports
 * @property {string} version
 * @property {{igbuild?: {size?: number}}} [tool]
 */

/**
 * An ONNX policy. `input` and `output` name the model's own; by default its first.
 * @typedef {PinnedFile & {input?: string, output?: string}} OnnxModel
 */

/**
 * What ONNX bots need: onnxruntime-web's files, and a model for each bot by `String(agent)`.
 * @typedef {{base: string, files: Record<string, {sha256: string, size: number}>, models: Record<string, OnnxModel>}} OnnxInit
 */

/**
 * The payload of `init`. URLs are relative to the page.
 * @typedef {object} WorkerInit
 * @property {{base: string, version: string, lock: {info: object, packages: Record<string, LockPackage>},
 *   wheelBase: string, files: Record<string, {sha256: string, size: number}>}} pyodide
 * @property {string[]} packages names to load before the environment; dependencies come along
 * @property {(PinnedFile & {target: "runtime" | "study"})[]} archives
 * @property {Record<string, unknown>} environment what `igbuild.runtime.bridge.boot` takes
 * @property {OnnxInit} [onnx] only where there are ONNX bots
 * @property {string} [page] the page's own address; `PyodideWorker` adds it
 */

/** @type {readonly OpName[]} */
export const OPS = Object.freeze([
  "reset",
  "step",
  "getState",
  "setState",
  "saveState",
  "loadState",
  "dropStates",
  "computeHash",
  "seedRng",
  "render",
]);

/** @type {readonly RequestType[]} */
export const REQUESTS = Object.freeze(["init", "installPackages", "initEnv", "batch", ...OPS]);

/** Error names that do not come from Python. */
export const FAILURES = Object.freeze({
  /** Nothing came back in time; the worker was terminated. */
  timeout: "WorkerTimeout",
  /** The worker script, Pyodide or a file of the site could not be loaded. */
  load: "WorkerLoadError",
  /** A file does not have the hash the site was built with. */
  integrity: "IntegrityError",
  /** A package did not arrive, or the lock does not know it. */
  package: "PackageError",
  /** An ONNX policy could not be loaded or run. */
  policy: "PolicyError",
  /** `destroy()` was called. */
  destroyed: "WorkerDestroyed",
  /** Python exited or crashed; only a new worker helps. */
  died: "WorkerDied",
  /** A message that is not part of the protocol. */
  protocol: "ProtocolError",
});

/**
 * Now, in milliseconds since the epoch, on a clock that page and worker share and that never jumps.
 * @returns {number}
 */
export function stamp() {
  return performance.timeOrigin + performance.now();
}

/**
 * An error of the worker's own, as opposed to one of Python's.
 */
export class Failure extends Error {
  /**
   * @param {string} name one of `FAILURES`
   * @param {string} message what, where, why, and one way out
   */
  constructor(name, message) {
    super(message);
    this.name = name;
  }
}

/**
 * @param {unknown} error
 * @returns {error is Error & {type: string}} an exception of Python that crossed into JavaScript
 */
function isPythonError(error) {
  return error instanceof Error && error.name === "PythonError";
}

/**
 * @param {unknown} error anything that was thrown
 * @param {string} [name] the name to give what has none of its own
 * @returns {WireError}
 */
export function wireError(error, name) {
  if (isPythonError(error)) {
    const text = error.message.trimEnd();
    const last = text.slice(text.lastIndexOf("\n") + 1);
    return { name: error.type, message: last.replace(/^[\w.]+: /, ""), stack: text };
  }
  if (error instanceof Failure) return { name: error.name, message: error.message, stack: error.stack };
  if (error instanceof Error) return { name: name ?? error.name, message: error.message, stack: error.stack };
  const message = /** @type {any} */ (error)?.message;
  return { name: name ?? "Error", message: String(message ?? error) };
}
