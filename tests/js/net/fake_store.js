// A fake store: what browsers keep of what waits, in memory, until the test says that they refuse.

/** @typedef {import("../../../templates/game/net/outbox.js").Owner} Owner */
/** @typedef {import("../../../templates/game/net/outbox.js").Store} Store */

/** @implements {Store} */
export class FakeStore {
  /** @type {Map<string, Owner>} */
  kept = new Map();
  /** @type {Map<number, import("../../../templates/game/net/outbox.js").Waiting>} */
  parts = new Map();
  /** @type {Error | null} */
  refuses = null;
  /** What it was asked. @type {string[]} */
  asked = [];
  #next = 1;

  /** @param {Owner} owner */
  async own(owner) {
    this.#ask("own");
    this.kept.set(owner.id, structuredClone(owner));
  }

  async owners() {
    this.#ask("owners");
    return structuredClone([...this.kept.values()]);
  }

  /** @param {string} id */
  async owner(id) {
    this.#ask("owner");
    return structuredClone(this.kept.get(id));
  }

  /** @param {Owner} owner @param {readonly import("../../../templates/game/net/chunks.js").Chunk[]} chunks */
  async keep(owner, chunks) {
    this.#ask("keep");
    this.kept.set(owner.id, structuredClone(owner));
    return chunks.map((chunk) => {
      this.parts.set(this.#next, { id: this.#next, owner: owner.id, chunk: structuredClone(chunk) });
      return this.#next++;
    });
  }

  /** @param {string} owner @param {number} limit */
  async first(owner, limit) {
    this.#ask("first");
    return this.#of(owner).slice(0, limit);
  }

  /** @param {string} owner */
  async count(owner) {
    this.#ask("count");
    return this.#of(owner).length;
  }

  /** @param {string} owner @param {readonly number[]} ids */
  async remove(owner, ids) {
    this.#ask("remove");
    for (const id of ids) this.parts.delete(id);
    if (this.#of(owner).length === 0) this.kept.delete(owner);
  }

  /** @param {string} owner */
  #of(owner) {
    return [...this.parts.values()].filter((waiting) => waiting.owner === owner);
  }

  /** @param {string} what */
  #ask(what) {
    this.asked.push(what);
    if (this.refuses) throw this.refuses;
  }
}
