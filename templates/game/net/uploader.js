// The uploader: hands in what waits, again and again until it is said to be safe.
import { Refused, Unserved, handToServer, postToEndpoint } from "./destinations.js";

/** @typedef {import("./outbox.js").Outbox} Outbox */
/** @typedef {import("./outbox.js").Owner} Owner */
/** @typedef {import("./outbox.js").Waiting} Waiting */

/**
 * How it stands with an owner's parts.
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
  /** After each change. @type {(owner: Owner, progress: Progress) => void} */
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
    await Promise.all([this.#turn(this.#outbox.own.id), this.#others()]);
  }

  async #others() {
    const owners = await this.#outbox.others();
    await Promise.all(owners.map(({ id }) => this.#turn(id)));
  }

  /** Whoever failed may try at once. */
  hurry() {
    this.#failed.clear();
  }

  /** @param {string} id of an owner */
  async #turn(id) {
    if (this.#busy.has(id)) return;
    this.#busy.add(id);
    try {
      if ((await this.#outbox.count(id)) > 0) await this.#alone(id, () => this.#try(id));
      const owner = await this.#outbox.owner(id);
      if (owner) await this.#tell(owner);
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

  /** @param {Owner} owner */
  async #tell(owner) {
    const { id } = owner;
    const refused = owner.refused ?? this.#refused.get(id) ?? null;
    this.onProgress(owner, { left: await this.#outbox.count(id), refused, unserved: this.#unserved.has(id) });
  }

  /** @param {Owner} owner */
  async #handIn(owner) {
    const { id } = owner;
    try {
      for (let waiting = await this.#next(id); waiting.length > 0; waiting = await this.#next(id)) {
        await this.#send(owner, waiting.map(({ chunk }) => chunk));
        await this.#outbox.remove(id, waiting);
        this.#failed.delete(id);
        await this.#tell(owner);
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
