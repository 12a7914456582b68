// The page's end of the worker: one async method per request, timeouts, and every failure an answer.
import { keyResult, orderActions, orderOp } from "./agents.js";
import { notLoaded, unanswered } from "./deadline.js";
import { FAILURES, stamp } from "./protocol.js";
import { RequestLine } from "./request_line.js";
import { Watchdog } from "./watchdog.js";
import { PyodideWorkerError } from "./worker_error.js";

export { PyodideWorkerError };

/**
 * @typedef {import("./protocol.js").AgentId} AgentId
 * @typedef {import("./protocol.js").Answer} Answer
 * @typedef {import("./protocol.js").Op} Op
 * @typedef {import("./protocol.js").OpName} OpName
 * @typedef {import("./protocol.js").RequestType} RequestType
 * @typedef {import("./protocol.js").Timing} Timing
 * @typedef {import("./protocol.js").WireError} WireError
 * @typedef {import("./protocol.js").WorkerEvent} WorkerEvent
 * @typedef {import("./protocol.js").WorkerInit} WorkerInit
 */

/**
 * @typedef {{agents: AgentId[], actionSpaces: any[], metadata: any}} EnvInfo
 */

/**
 * @typedef {object} StepResult
 * @property {Map<AgentId, any>} [obs] only where asked for
 * @property {Map<AgentId, number>} rewards
 * @property {Map<AgentId, boolean>} terminateds
 * @property {Map<AgentId, boolean>} truncateds
 * @property {Map<AgentId, any>} infos
 * @property {boolean} done whether the episode is over
 * @property {Map<AgentId, any>} [actions] what every agent did; only where bots play
 * @property {Map<AgentId, any>} [proposed] what ONNX bots would do next; only where asked for
 * @property {any} [render_state] only where asked for
 */

/**
 * A request on its way.
 * @typedef {object} Pending
 * @property {number} id
 * @property {RequestType} type
 * @property {() => any} payload made when it is sent, as actions are ordered by agents that `initEnv` names
 * @property {(result: any) => any} read the result as the caller wants it
 * @property {(result: any) => void} resolve
 * @property {(error: unknown) => void} reject
 */

/** Milliseconds; the site's own stand in `[pyodide]` of experiment.toml. */
const TIMEOUTS = Object.freeze({ init: 60_000, request: 10_000 });

/** Requests that may take long as long as they make progress. */
const LOADING = new Set(["init", "installPackages"]);

/**
 * Python in a worker of its own.
 *
 * Requests are carried out strictly in the order they are asked for; what is asked for before `init()` and
 * `initEnv()` have answered waits for them. After a timeout, a crash or `destroy()` everything pending and everything
 * later is rejected: to go on, make a new `PyodideWorker`.
 */
export class PyodideWorker {
  #worker;
  #timeouts;
  #onProgress;
  #onError;
  #watchdogs;
  /** @type {RequestLine<Pending>} */
  #line = new RequestLine();
  #nextId = 1;
  #ready = false;
  /** @type {Promise<any> | null} */
  #initialised = null;
  /** @type {AgentId[]} */
  #agents = [];
  /** Why nothing more can be asked. @type {PyodideWorkerError | null} */
  #closed = null;
  /** @type {Timing | null} */
  #lastTiming = null;

  /**
   * @param {object} options
   * @param {string | URL} options.url of the worker module
   * @param {{init?: number, request?: number}} [options.timeouts] ms; `init` counts from the last progress
   * @param {(progress: Extract<WorkerEvent, {event: "progress"}>) => void} [options.onProgress]
   * @param {(error: PyodideWorkerError) => void} [options.onError] called once, when the worker cannot go on
   */
  constructor({ url, timeouts = {}, onProgress = () => {}, onError = () => {} }) {
    this.#timeouts = { ...TIMEOUTS, ...timeouts };
    this.#onProgress = onProgress;
    this.#onError = onError;
    this.#watchdogs = {
      loading: new Watchdog(this.#timeouts.init, () => this.#close({ name: FAILURES.timeout, message: notLoaded(this.#timeouts.init) })),
      request: new Watchdog(this.#timeouts.request, () => this.#expire()),
    };
    this.#worker = new Worker(url, { type: "module", name: "igbuild" });
    this.#worker.onmessage = ({ data }) => ("event" in data ? this.#hear(data) : this.#settle(data));
    this.#worker.onmessageerror = () =>
      this.#close({ name: FAILURES.protocol, message: "an answer of the worker could not be read" });
    this.#worker.onerror = (event) => {
      if (this.#ready) return; // an exception in a callback of the study's own; the worker lives on
      event.preventDefault();
      const why = event.message ? `: ${event.message}` : "; is it on the server, and does the page's policy allow it?";
      this.#close({ name: FAILURES.load, message: `the worker script could not be run${why} (${url})` });
    };
  }

  /** Why the worker is closed, or null while it can be used. */
  get closed() {
    return this.#closed;
  }

  /** The agents' ids in their fixed order; empty before `initEnv` has answered. */
  get agents() {
    return this.#agents;
  }

  /** How long the request answered last had waited, and had been in Python. */
  get lastTiming() {
    return this.#lastTiming;
  }

  /**
   * Load Python, the packages and the experiment. A second call gives the same promise.
   * @param {WorkerInit} init
   * @returns {Promise<{pyodide: string}>}
   */
  init(init) {
    this.#initialised ??= this.#ask("init", () => ({ ...init, page: document.baseURI }));
    return this.#initialised;
  }

  /**
   * Install further packages of the lock.
   * @param {string[]} packages
   * @returns {Promise<{packages: string[]}>} all that are installed now
   */
  installPackages(packages) {
    return this.#ask("installPackages", () => ({ packages }));
  }

  /**
   * Make the environment.
   * @param {Record<string, unknown>} [globals] the participant's parameters, by name
   * @returns {Promise<EnvInfo>}
   */
  initEnv(globals = {}) {
    return this.#ask("initEnv", () => ({ globals }));
  }

  /**
   * Begin an episode.
   * @param {{seed?: number | null, obs?: boolean, render?: boolean, propose?: boolean}} [params]
   * @returns {Promise<{obs?: Map<AgentId, any>, infos: Map<AgentId, any>, proposed?: Map<AgentId, any>, render_state?: any}>}
   */
  reset(params = {}) {
    return this.#ask("reset", () => params, (result) => keyResult(result, this.#agents));
  }

  /**
   * Advance by one frame.
   * @param {unknown} actions a Map or object by agent, an array in agent order, or a lone agent's action
   * @param {{obs?: boolean, render?: boolean, propose?: boolean}} [params]
   * @returns {Promise<StepResult>}
   */
  step(actions, params = {}) {
    return this.#ask(
      "step",
      () => ({ ...params, actions: orderActions(actions, this.#agents) }),
      (result) => keyResult(result, this.#agents),
    );
  }

  /** @returns {Promise<any>} the state as typed JSON, to be given back to `setState` */
  getState() {
    return this.#ask("getState", () => ({}));
  }

  /**
   * @param {any} state of `getState`, whole or its `env_state` alone
   * @returns {Promise<any>}
   */
  setState(state) {
    return this.#ask("setState", () => ({ state }));
  }

  /**
   * Keep the state in the worker, under the number of a frame.
   * @param {number} frame
   * @returns {Promise<{frame: number, bytes: number}>}
   */
  saveState(frame) {
    return this.#ask("saveState", () => ({ frame }));
  }

  /**
   * Go back to a state that was saved.
   * @param {number} frame
   * @returns {Promise<any>}
   */
  loadState(frame) {
    return this.#ask("loadState", () => ({ frame }));
  }

  /**
   * Forget saved states of frames before one, after one, or both; without either, all.
   * @param {{before?: number, after?: number}} [range]
   * @returns {Promise<any>}
   */
  dropStates(range = {}) {
    return this.#ask("dropStates", () => range);
  }

  /**
   * @param {any} [state] of `getState`; without it, the environment as it is
   * @returns {Promise<{hash: string}>} 64 hex digits
   */
  computeHash(state) {
    return this.#ask("computeHash", () => (state === undefined ? {} : { state }));
  }

  /**
   * Seed every random number generator of Python.
   * @param {number} seed
   * @returns {Promise<any>}
   */
  seedRng(seed) {
    return this.#ask("seedRng", () => ({ seed }));
  }

  /** @returns {Promise<{render_state: any}>} pixels as RGBA bytes, or a complete draw list */
  render() {
    return this.#ask("render", () => ({}));
  }

  /**
   * Carry out ops in one message and one call into Python.
   *
   * Stops at the first op that fails: the error says which (`opIndex`) and holds the results before it.
   * @param {Op[]} ops
   * @param {{stopOnDone?: boolean}} [options] with `stopOnDone` no step follows the end of an episode
   * @returns {Promise<{results: any[], ran: number, done: boolean}>} results in op order
   */
  batch(ops, { stopOnDone = false } = {}) {
    return this.#ask(
      "batch",
      () => ({ ops: ops.map((op) => orderOp(op, this.#agents)), stopOnDone }),
      (answer) => {
        for (const result of answer.results) keyResult(result, this.#agents);
        return answer;
      },
    );
  }

  /** Terminate the worker and reject what is pending. */
  destroy() {
    this.#close({ name: FAILURES.destroyed, message: "the worker was destroyed" });
  }

  /**
   * @param {RequestType} type
   * @param {() => any} payload
   * @param {(result: any) => any} [read]
   * @returns {Promise<any>}
   */
  #ask(type, payload, read = (result) => result) {
    if (this.#closed) return Promise.reject(this.#closed);
    return new Promise((resolve, reject) => {
      this.#line.add({ id: this.#nextId++, type, payload, read, resolve, reject });
      this.#send();
    });
  }

  /** Send what may be sent. */
  #send() {
    const before = this.#line.current;
    for (let request = this.#line.take(); request; request = this.#line.take()) {
      const { id, type, payload, reject } = request;
      try {
        this.#worker.postMessage({ id, type, payload: payload(), at: stamp() });
      } catch (error) {
        this.#line.settle(id);
        reject(error); // actions that fit no agent, or something that cannot be cloned: the caller's mistake
      }
    }
    if (this.#line.current !== before) this.#watch();
  }

  /** Watch the request that the worker is at now. */
  #watch() {
    const { current } = this.#line;
    const { loading, request } = this.#watchdogs;
    loading.stop();
    request.stop();
    if (current) (LOADING.has(current.type) ? loading : request).feed();
  }

  /** @param {Answer} answer */
  #settle(answer) {
    const request = this.#line.settle(answer.id);
    if (!request) return;
    this.#watch();
    if (answer.ok) {
      this.#lastTiming = answer.ms;
      if (request.type === "initEnv") this.#agents = answer.result.agents;
      request.resolve(request.read(answer.result));
    } else {
      for (const result of answer.error.partialResults ?? []) keyResult(result, this.#agents);
      request.reject(new PyodideWorkerError(answer.error));
      if (request.type === "init") return; // what it held back is rejected by the event that follows
    }
    this.#send();
  }

  /** @param {WorkerEvent} event */
  #hear(event) {
    switch (event.event) {
      case "ready":
        this.#ready = true;
        break;
      case "progress":
        this.#watch();
        this.#onProgress(event);
        break;
      case "error":
        this.#close(event.error);
    }
  }

  #expire() {
    const { type, payload } = /** @type {Pending} */ (this.#line.current);
    const asked = type === "batch" ? payload().ops.map((/** @type {Op} */ { op }) => op) : [type];
    this.#close({ name: FAILURES.timeout, message: unanswered(asked, this.#timeouts.request) });
  }

  /** @param {WireError} error */
  #close(error) {
    if (this.#closed) return;
    this.#closed = new PyodideWorkerError(error);
    this.#worker.terminate();
    this.#watchdogs.loading.stop();
    this.#watchdogs.request.stop();
    for (const { reject } of this.#line.drain()) reject(this.#closed);
    if (error.name !== FAILURES.destroyed) this.#onError(this.#closed);
  }
}
