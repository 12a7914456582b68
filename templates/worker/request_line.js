// The order of requests: what may be sent, what waits for an answer, and what the worker is at.

/** Requests that later ones wait for, because their answer decides what those mean. */
const GATES = new Set(["init", "initEnv"]);

/**
 * @typedef {{id: number, type: import("./protocol.js").RequestType}} Queued
 */

/**
 * Requests in the order they were asked for. Nothing passes before `init` was asked for, and nothing passes a gate
 * before the gate was answered.
 * @template {Queued} T
 */
export class RequestLine {
  /** @type {T[]} */
  #held = [];
  /** Oldest first: the worker answers in this order. @type {Map<number, T>} */
  #sent = new Map();
  /** @type {number | null} */
  #gate = null;
  #open = false;

  /**
   * Join the end of the line; `init` goes first.
   * @param {T} request
   */
  add(request) {
    if (request.type === "init") {
      this.#held.unshift(request);
      this.#open = true;
    } else this.#held.push(request);
  }

  /**
   * Take the next request that may be sent.
   * @returns {T | undefined}
   */
  take() {
    if (!this.#open || this.#gate !== null) return undefined;
    const request = this.#held.shift();
    if (request) {
      this.#sent.set(request.id, request);
      if (GATES.has(request.type)) this.#gate = request.id;
    }
    return request;
  }

  /**
   * Take out a request that was answered, or that could not be sent.
   * @param {number} id
   * @returns {T | undefined} nothing for an id that is not awaited
   */
  settle(id) {
    const request = this.#sent.get(id);
    this.#sent.delete(id);
    if (this.#gate === id) this.#gate = null;
    return request;
  }

  /**
   * The request that the worker is carrying out now.
   * @returns {T | undefined}
   */
  get current() {
    return this.#sent.values().next().value;
  }

  /**
   * Take out everything.
   * @returns {T[]}
   */
  drain() {
    const all = [...this.#sent.values(), ...this.#held];
    this.#sent.clear();
    this.#held = [];
    this.#gate = null;
    return all;
  }
}
