// Recent: a map with room for so many entries, which lets go of those that were used longest ago.

/**
 * Things that are costly to make, by name.
 *
 * @template T
 */
export class Recent {
  #room;
  #release;
  /** The one used last stands last. @type {Map<string, T>} */
  #kept = new Map();

  /**
   * @param {number} room
   * @param {(thing: T, key: string) => void} release told what is no longer kept
   */
  constructor(room, release) {
    this.#room = room;
    this.#release = release;
  }

  /**
   * @param {string} key
   * @param {() => T} make called where nothing is kept by that name
   * @returns {T}
   */
  use(key, make) {
    const kept = this.#kept.get(key);
    const thing = kept === undefined ? make() : kept;
    this.#kept.delete(key);
    this.#kept.set(key, thing);
    return thing;
  }

  /**
   * Let go of what there is no room for, the longest unused first.
   *
   * @param {ReadonlySet<string>} needed stays, even where it is more than there is room for
   */
  trim(needed) {
    for (const [key, thing] of this.#kept) {
      if (this.#kept.size <= this.#room) return;
      if (needed.has(key)) continue;
      this.#kept.delete(key);
      this.#release(thing, key);
    }
  }
}
