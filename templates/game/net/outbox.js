// The outbox: what waits to be handed in, kept by the browser until the server has it on disk.

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

/** @typedef {{id?: number, owner: string, chunk: Chunk}} Waiting */

/**
 * @typedef {object} Outbox
 * @property {(owner: Owner) => Promise<void>} own
 * @property {() => Promise<Owner[]>} owners
 * @property {(id: string) => Promise<Owner>} owner that is known
 * @property {(owner: string, chunks: readonly Chunk[]) => Promise<void>} put
 * @property {(owner: string, limit: number) => Promise<Waiting[]>} first
 * @property {(ids: readonly number[]) => Promise<void>} remove
 * @property {(owner: string) => Promise<number>} count
 */

const NAME = "igbuild";
const VERSION = 1;

/**
 * @template T
 * @param {IDBRequest<T>} request
 * @returns {Promise<T>}
 */
const answer = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("The browser's storage failed."));
  });

/** @param {IDBTransaction} transaction @returns {Promise<void>} */
const done = (transaction) =>
  new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error ?? new Error("The browser's storage failed."));
  });

/** @implements {Outbox} */
class StoredOutbox {
  #db;

  /** @param {IDBDatabase} db */
  constructor(db) {
    this.#db = db;
  }

  /** @param {Owner} owner */
  async own(owner) {
    const transaction = this.#db.transaction("owners", "readwrite");
    transaction.objectStore("owners").put(owner);
    await done(transaction);
  }

  /** @returns {Promise<Owner[]>} */
  owners() {
    return answer(this.#db.transaction("owners").objectStore("owners").getAll());
  }

  /** @param {string} id @returns {Promise<Owner>} */
  owner(id) {
    return answer(this.#db.transaction("owners").objectStore("owners").get(id));
  }

  /** @param {string} owner @param {readonly Chunk[]} chunks */
  async put(owner, chunks) {
    const transaction = this.#db.transaction("chunks", "readwrite", { durability: "strict" });
    for (const chunk of chunks) transaction.objectStore("chunks").add({ owner, chunk });
    await done(transaction);
  }

  /** @param {string} owner @param {number} limit @returns {Promise<Waiting[]>} */
  first(owner, limit) {
    return answer(this.#db.transaction("chunks").objectStore("chunks").index("owner").getAll(owner, limit));
  }

  /** @param {readonly number[]} ids */
  async remove(ids) {
    const transaction = this.#db.transaction("chunks", "readwrite");
    for (const id of ids) transaction.objectStore("chunks").delete(id);
    await done(transaction);
  }

  /** @param {string} owner @returns {Promise<number>} */
  count(owner) {
    return answer(this.#db.transaction("chunks").objectStore("chunks").index("owner").count(owner));
  }
}

/**
 * Where the browser refuses to store: nothing survives the page.
 *
 * @implements {Outbox}
 */
export class MemoryOutbox {
  /** @type {Map<string, Owner>} */
  #owners = new Map();
  /** @type {Map<number, Waiting>} */
  #chunks = new Map();
  #next = 1;

  /** @param {Owner} owner */
  async own(owner) {
    this.#owners.set(owner.id, owner);
  }

  async owners() {
    return [...this.#owners.values()];
  }

  /** @param {string} id */
  async owner(id) {
    return /** @type {Owner} */ (this.#owners.get(id));
  }

  /** @param {string} owner @param {readonly Chunk[]} chunks */
  async put(owner, chunks) {
    for (const chunk of chunks) this.#chunks.set(this.#next, { id: this.#next++, owner, chunk });
  }

  /** @param {string} owner @param {number} limit */
  async first(owner, limit) {
    return [...this.#chunks.values()].filter((waiting) => waiting.owner === owner).slice(0, limit);
  }

  /** @param {readonly number[]} ids */
  async remove(ids) {
    for (const id of ids) this.#chunks.delete(id);
  }

  /** @param {string} owner */
  async count(owner) {
    return [...this.#chunks.values()].filter((waiting) => waiting.owner === owner).length;
  }
}

/** @returns {Promise<Outbox>} */
export async function openOutbox() {
  try {
    const request = indexedDB.open(NAME, VERSION);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("owners", { keyPath: "id" });
      request.result.createObjectStore("chunks", { keyPath: "id", autoIncrement: true }).createIndex("owner", "owner");
    };
    return new StoredOutbox(await answer(request));
  } catch {
    return new MemoryOutbox();
  }
}
