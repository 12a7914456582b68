// The outbox: what waits to be handed in. A page's own parts are in memory, and as long as the browser can it keeps them too.

/** @typedef {import("./chunks.js").Chunk} Chunk */

/**
 * Whose data it is, and where it goes. Without a token the server has not been asked for one yet; without a session
 * the owner's own id stands for it.
 *
 * @typedef {object} Owner
 * @property {string} id
 * @property {string} server
 * @property {string | null} [endpoint] goes before the server
 * @property {string | null} token
 * @property {string | null} [session]
 * @property {number} [seat]
 * @property {number} [seats]
 * @property {{experiment: string, participant: string, site: string}} start
 * @property {string} [refused] why none of it will ever be taken
 */

/** A part; without an id the browser does not hold it. @typedef {{id?: number, owner: string, chunk: Chunk}} Waiting */

/** @typedef {Pick<import("./part_store.js").PartStore, "own" | "owners" | "owner" | "keep" | "first" | "count" | "remove">} Store */

/** @param {readonly Waiting[]} parts */
const kept = (parts) => parts.flatMap(({ id }) => id ?? []);

export class Outbox {
  #own;
  #store;
  /** @type {Waiting[]} */
  #parts = [];
  /** What the store is to do for this page, in order: nothing here waits for it. @type {Promise<void>} */
  #storing = Promise.resolve();
  #failed = false;
  /** The browser does not keep what it should; told once. @type {(error: unknown) => void} */
  onFailure = () => {};

  /**
   * @param {Owner} own this page's
   * @param {Store} store shared with the pages before, and with other tabs
   */
  constructor(own, store) {
    this.#own = own;
    this.#store = store;
  }

  /** @returns {Owner} as it is now */
  get own() {
    return this.#own;
  }

  /** @returns {Chunk[]} this page's own, first those that the browser does not hold */
  get waiting() {
    return this.#parts.toSorted((a, b) => Number(a.id !== undefined) - Number(b.id !== undefined)).map(({ chunk }) => chunk);
  }

  /** @param {readonly Chunk[]} chunks of this page */
  put(chunks) {
    const parts = chunks.map((chunk) => /** @type {Waiting} */ ({ owner: this.#own.id, chunk }));
    this.#parts.push(...parts);
    this.#later(async () => {
      const ids = await this.#store.keep(this.#own, chunks);
      for (const [index, id] of ids.entries()) parts[index].id = id;
    });
  }

  /**
   * Other experiments at the same address, such as those of `localhost`, wait for pages of their own.
   *
   * @returns {Promise<Owner[]>} of the pages before and of other tabs, as far as the browser gives them
   */
  async others() {
    const owners = await this.#store.owners().catch((error) => {
      this.#fail(error);
      return [];
    });
    const { id: me, start: mine } = this.#own;
    return owners.filter(({ id, start }) => id !== me && start.experiment === mine.experiment);
  }

  /** @param {string} id @returns {Promise<Owner | undefined>} as it is now */
  async owner(id) {
    if (id !== this.#own.id) return this.#store.owner(id);
    if (this.#own.token === null) {
      // Another tab may have asked for the token meanwhile.
      const { token = null, session } = (await this.#store.owner(id).catch(() => undefined)) ?? {};
      if (token !== null) Object.assign(this.#own, { token, session });
    }
    return this.#own;
  }

  /** @param {Owner} owner changed */
  async remember(owner) {
    if (owner.id !== this.#own.id) await this.#store.own(owner);
    else this.#later(() => this.#store.own(owner));
  }

  /** @param {string} owner @param {number} limit @returns {Promise<Waiting[]>} */
  async first(owner, limit) {
    return owner === this.#own.id ? this.#parts.slice(0, limit) : this.#store.first(owner, limit);
  }

  /** @param {string} owner @param {readonly Waiting[]} parts as `first` gave them */
  async remove(owner, parts) {
    if (owner !== this.#own.id) return this.#store.remove(owner, kept(parts));
    this.#parts = this.#parts.filter((part) => !parts.includes(part));
    // What the browser does not let go of is handed in once more by a later page, without harm.
    this.#later(() => this.#store.remove(owner, kept(parts)));
  }

  /** @param {string} owner @returns {Promise<number>} */
  async count(owner) {
    return owner === this.#own.id ? this.#parts.length : this.#store.count(owner);
  }

  /** @param {() => Promise<void>} act */
  #later(act) {
    this.#storing = this.#storing.then(act).catch((error) => this.#fail(error));
  }

  /** @param {unknown} error */
  #fail(error) {
    if (!this.#failed) this.onFailure(error);
    this.#failed = true;
  }
}
