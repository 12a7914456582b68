// The part store: what waits, kept by the browser for the pages that come after this one.

/** @typedef {import("./chunks.js").Chunk} Chunk */
/** @typedef {import("./outbox.js").Owner} Owner */
/** @typedef {import("./outbox.js").Waiting} Waiting */

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

/** @returns {Promise<IDBDatabase>} */
async function openDatabase() {
  const request = indexedDB.open(NAME, VERSION);
  request.onupgradeneeded = () => {
    request.result.createObjectStore("owners", { keyPath: "id" });
    request.result.createObjectStore("chunks", { keyPath: "id", autoIncrement: true }).createIndex("owner", "owner");
  };
  return answer(request);
}

/** Every method rejects where the browser refuses: storage denied, no room left, or a connection that no new one replaces. */
export class PartStore {
  #open;
  /** @type {Promise<IDBDatabase> | null} */
  #db = null;

  /** @param {() => Promise<IDBDatabase>} [open] */
  constructor(open = openDatabase) {
    this.#open = open;
  }

  /** @param {Owner} owner */
  own(owner) {
    return this.#use((db) => {
      const transaction = db.transaction("owners", "readwrite");
      transaction.objectStore("owners").put(owner);
      return done(transaction);
    });
  }

  /** @returns {Promise<Owner[]>} */
  owners() {
    return this.#use((db) => answer(db.transaction("owners").objectStore("owners").getAll()));
  }

  /** @param {string} id @returns {Promise<Owner | undefined>} */
  owner(id) {
    return this.#use((db) => answer(db.transaction("owners").objectStore("owners").get(id)));
  }

  /**
   * Keep parts, all of them or none, with whose they are.
   *
   * @param {Owner} owner
   * @param {readonly Chunk[]} chunks
   * @returns {Promise<number[]>} their ids
   */
  keep(owner, chunks) {
    return this.#use(async (db) => {
      const transaction = db.transaction(["owners", "chunks"], "readwrite", { durability: "strict" });
      transaction.objectStore("owners").put(owner);
      const ids = chunks.map((chunk) => transaction.objectStore("chunks").add({ owner: owner.id, chunk }));
      await done(transaction);
      return ids.map(({ result }) => /** @type {number} */ (result));
    });
  }

  /** @param {string} owner @param {number} limit @returns {Promise<Waiting[]>} */
  first(owner, limit) {
    return this.#use((db) => answer(db.transaction("chunks").objectStore("chunks").index("owner").getAll(owner, limit)));
  }

  /** @param {string} owner @returns {Promise<number>} */
  count(owner) {
    return this.#use((db) => answer(db.transaction("chunks").objectStore("chunks").index("owner").count(owner)));
  }

  /**
   * Let go of parts, and with the last one of their owner: the browser's next user finds no names.
   *
   * @param {string} owner
   * @param {readonly number[]} ids
   */
  remove(owner, ids) {
    return this.#use((db) => {
      const transaction = db.transaction(["owners", "chunks"], "readwrite");
      const chunks = transaction.objectStore("chunks");
      for (const id of ids) chunks.delete(id);
      const left = chunks.index("owner").count(owner);
      left.onsuccess = () => left.result === 0 && transaction.objectStore("owners").delete(owner);
      return done(transaction);
    });
  }

  /**
   * @template T
   * @param {(db: IDBDatabase) => Promise<T>} act
   * @returns {Promise<T>}
   */
  async #use(act) {
    const used = (this.#db ??= this.#open());
    try {
      return await act(await used);
    } catch {
      // Browsers lose connections, Safari those of pages that were hidden for long; a new one works.
      if (this.#db === used) this.#db = null;
      used.then((db) => db.close()).catch(() => {});
      return act(await (this.#db ??= this.#open()));
    }
  }
}
