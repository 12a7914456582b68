// The uploader: hands in what waits, again and again until it is said to be safe.
import { Refused, Unserved, handToServer, postToEndpoint } from "./destinations.js";

/** @typedef {import("./outbox.js").Outbox} Outbox */
/** @typedef {import("./outbox.js").Owner} Owner */
/** @typedef {import("./outbox.js").Waiting} Waiting */

/**
 * How it stands with the page's own parts.
 *
 * @typedef {{left: number, refused: string | null, unserved: boolean}} Progress
 */

/** Parts in a request, and their bytes: still below what the server takes. */
const PARTS = 16;
const BYTES = 400_000;
/** Time given to an answer, in ms. */
const ANSWER_MS = 30_000;
const RETRY_MS = Object.freeze([1000, 2000, 5000, 10_000, 30_000]);

const encoder = new TextEncoder();

/** @typedef {(id: string, act: () => Promise<void>) => Promise<unknown>} Alone acts unless another tab does with this id */

/**
 * Without HTTPS a page has no locks, and where a browser denies storage it refuses them; what then comes twice is kept
 * once.
 *
 * @param {Pick<LockManager, "request"> | undefined} locks
 * @returns {Alone}
 */
export const aloneBy = (locks) => async (id, act) => {
  let asked = false;
  const turn = async (/** @type {Lock | null} */ lock) => {
    asked = true;
    if (lock) await act();
  };
  try {
    if (locks) return await locks.request(`igbuild/${id}`, { ifAvailable: true }, turn);
  } catch (error) {
    if (asked) throw error;
  }
  return act();
};

export class Uploader {
  #outbox;
  #fetch;
  #now;
  #alone;
  /** Owners whose parts are being handed in. @type {Set<string>} */
  #busy = new Set();
  /** Owners that failed, and when they may try again. @type {Map<string, {failures: number, due: number}>} */
  #failed = new Map();
  /** Owners at whose server only files are. @type {Set<string>} */
  #unserved = new Set();
  /** Why endpoints refused, which the next page asks again: it need not have been theirs to say. @type {Map<string, string>} */
  #refused = new Map();
  /** After each change. @type {(progress: Progress) => void} */
  onProgress = () => {};

  /**
   * @param {Outbox} outbox
   * @param {object} [edges]
   * @param {typeof fetch} [edges.fetch]
   * @param {() => number} [edges.now] ms
   * @param {Alone} [edges.alone] tabs of one browser share the outbox
   */
  constructor(outbox, edges = {}) {
    this.#outbox = outbox;
    this.#fetch = edges.fetch ?? ((...args) => fetch(...args));
    this.#now = edges.now ?? (() => performance.now());
    this.#alone = edges.alone ?? aloneBy(globalThis.navigator?.locks);
  }

  /** Hand in what waits and is due. One that cannot be reached holds up no other. */
  async kick() {
    await Promise.all([this.#own(), this.#others()]);
  }

  async #own() {
    const { own } = this.#outbox;
    if ((await this.#outbox.count(own.id)) > 0) await this.#turn(own);
    await this.#tell();
  }

  async #others() {
    const owners = await this.#outbox.others();
    await Promise.all(owners.map((owner) => this.#turn(owner)));
  }

  /** Whoever failed may try at once. */
  hurry() {
    this.#failed.clear();
  }

  /** @param {Owner} owner with parts */
  async #turn(owner) {
    const { id } = owner;
    if (this.#busy.has(id) || !this.#mayTry(owner)) return;
    this.#busy.add(id);
    try {
      await this.#alone(id, () => this.#try(id));
    } finally {
      this.#busy.delete(id);
    }
  }

  /** @param {string} id */
  async #try(id) {
    const owner = await this.#outbox.owner(id);
    if (owner && this.#mayTry(owner)) await this.#handIn(owner);
  }

  /** @param {Owner} owner */
  #mayTry({ id, refused }) {
    return !refused && !this.#refused.has(id) && !this.#unserved.has(id) && (this.#failed.get(id)?.due ?? 0) <= this.#now();
  }

  async #tell() {
    const { id, refused } = this.#outbox.own;
    const left = await this.#outbox.count(id);
    this.onProgress({ left, refused: refused ?? this.#refused.get(id) ?? null, unserved: this.#unserved.has(id) });
  }

  /** @param {Owner} owner */
  async #handIn(owner) {
    const { id } = owner;
    try {
      let waiting = await this.#next(id);
      // An owner goes with its last part; one without any is what a page left that was disturbed there.
      if (waiting.length === 0) await this.#outbox.remove(id, []);
      for (; waiting.length > 0; waiting = await this.#next(id)) {
        await this.#send(owner, waiting.map(({ chunk }) => chunk));
        await this.#outbox.remove(id, waiting);
        this.#failed.delete(id);
        if (id === this.#outbox.own.id) await this.#tell();
      }
    } catch (error) {
      await this.#fail(owner, error);
    }
  }

  /** @param {Owner} owner @param {import("./chunks.js").Chunk[]} chunks */
  #send(owner, chunks) {
    const post = (/** @type {string} */ url, /** @type {string} */ body) =>
      this.#fetch(url, {
        method: "POST",
        headers: { "content-type": "text/plain;charset=UTF-8" },
        credentials: "omit",
        body,
        signal: AbortSignal.timeout(ANSWER_MS),
      });
    const { endpoint } = owner;
    if (endpoint) return postToEndpoint(post, { ...owner, endpoint }, chunks);
    return handToServer(post, owner, chunks, (changed) => this.#outbox.remember(changed));
  }

  /** @param {Owner} owner @param {unknown} error */
  async #fail(owner, error) {
    const { id } = owner;
    if (error instanceof Refused && owner.endpoint) this.#refused.set(id, error.code);
    else if (error instanceof Refused) {
      // What is refused stays in the outbox, for whoever looks for it.
      owner.refused = error.code;
      await this.#outbox.remember(owner);
    } else if (error instanceof Unserved) this.#unserved.add(id);
    else {
      const failures = this.#failed.get(id)?.failures ?? 0;
      this.#failed.set(id, { failures: failures + 1, due: this.#now() + RETRY_MS[Math.min(failures, RETRY_MS.length - 1)] });
    }
  }

  /** @param {string} owner @returns {Promise<Waiting[]>} the parts of the next request */
  async #next(owner) {
    const waiting = await this.#outbox.first(owner, PARTS);
    let bytes = 0;
    const most = waiting.findIndex(({ chunk }) => (bytes += encoder.encode(JSON.stringify(chunk)).length) > BYTES);
    return most < 0 ? waiting : waiting.slice(0, Math.max(1, most));
  }
}
