// The uploader: hands in what waits, again and again until the server says that it is on its disk.

/** @typedef {import("./outbox.js").Outbox} Outbox */
/** @typedef {import("./outbox.js").Owner} Owner */

/** Parts in a request: with the largest parts still below what the server takes. */
const PARTS = 4;
const RETRY_MS = Object.freeze([1000, 2000, 5000, 10_000, 30_000]);
/** Answers after which another try would be answered the same. */
const FINAL = Object.freeze([400, 401, 403, 413]);

/** The server will never take these. */
class Refused extends Error {
  /** @param {string} code */
  constructor(code) {
    super(code);
    this.code = code;
  }
}

export class Uploader {
  #outbox;
  #fetch;
  #wait;
  #failures = 0;
  #running = false;
  #asked = false;
  #stopped = false;
  /** Wakes a wait. */
  #wake = () => {};
  /** How many parts are not handed in, after each change. @type {(left: number, refused: string | null) => void} */
  onProgress = () => {};

  /**
   * @param {Outbox} outbox
   * @param {object} [edges]
   * @param {typeof fetch} [edges.fetch]
   * @param {(ms: number) => Promise<void>} [edges.wait]
   */
  constructor(outbox, edges = {}) {
    this.#outbox = outbox;
    this.#fetch = edges.fetch ?? ((...args) => fetch(...args));
    this.#wait = edges.wait ?? ((ms) => new Promise((resolve) => setTimeout(resolve, ms)));
  }

  /** Something waits: hand it in as soon as possible. */
  async kick() {
    this.#asked = true;
    this.#wake();
    if (this.#running) return;
    this.#running = true;
    while (this.#asked && !this.#stopped) {
      this.#asked = false;
      const failed = await this.#round().catch(() => true);
      if (failed && !this.#stopped) await this.#rest();
    }
    this.#running = false;
  }

  stop() {
    this.#stopped = true;
    this.#wake();
  }

  async #rest() {
    const ms = RETRY_MS[Math.min(this.#failures++, RETRY_MS.length - 1)];
    this.#asked = true;
    await this.#wait(ms);
  }

  /** @returns {Promise<boolean>} whether something could not be handed in for now */
  async #round() {
    let failed = false;
    let refused = null;
    for (const owner of await this.#outbox.owners()) {
      if (!owner.refused) failed = (await this.#handIn(owner)) || failed;
      refused ??= owner.refused ?? null;
    }
    if (!failed) this.#failures = 0;
    this.onProgress(await this.#outbox.count(), refused);
    return failed;
  }

  /** @param {Owner} owner @returns {Promise<boolean>} */
  async #handIn(owner) {
    try {
      for (let waiting = await this.#outbox.first(owner.id, PARTS); waiting.length > 0; waiting = await this.#outbox.first(owner.id, PARTS)) {
        if (owner.token === null) {
          owner.token = (await this.#post(owner, "start", owner.start)).token;
          await this.#outbox.own(owner);
        }
        const { stored } = await this.#post(owner, "chunks", { token: owner.token, chunks: waiting.map(({ chunk }) => chunk) });
        if (stored.length !== waiting.length) return true;
        await this.#outbox.remove(waiting.map(({ id }) => /** @type {number} */ (id)));
        this.onProgress(await this.#outbox.count(), null);
      }
      return false;
    } catch (error) {
      if (!(error instanceof Refused)) return true;
      // What is refused stays in the outbox, for whoever looks for it.
      owner.refused = error.code;
      await this.#outbox.own(owner);
      return false;
    }
  }

  /** @param {Owner} owner @param {string} what @param {object} message */
  async #post(owner, what, message) {
    const response = await this.#fetch(`${owner.server}/data/v1/${what}`, {
      method: "POST",
      headers: { "content-type": "text/plain" },
      body: JSON.stringify(message),
    });
    const answer = await response.json().catch(() => ({}));
    if (FINAL.includes(response.status)) throw new Refused(answer.code ?? String(response.status));
    if (!response.ok || !answer.ok) throw new Error(`The server answered ${response.status}.`);
    return answer;
  }
}
