// A 64-bit running digest over typed values: cheap enough for every frame, equal on every machine.

/** Two 32-bit lanes with multipliers of their own (the two of MurmurHash3_x86_32, by Austin Appleby). */
const PRIMES = Object.freeze([0xcc9e2d51, 0x1b873593]);
const TAG = Object.freeze({ null: 0, false: 1, true: 2, number: 3, text: 4, list: 5, map: 6, bytes: 7, bigint: 8 });

const scratch = new DataView(new ArrayBuffer(8));

/** Not cryptographic: it finds differences between honest peers. */
export class Digest {
  #high = 0x6a09e667;
  #low = 0xbb67ae85;

  /**
   * @param {number} word its low 32 bits count
   * @returns {this}
   */
  word(word) {
    const high = Math.imul(this.#high ^ word, PRIMES[0]);
    const low = Math.imul(this.#low ^ ((word << 15) | (word >>> 17)), PRIMES[1]);
    this.#high = (high ^ (high >>> 15)) + low;
    this.#low = (low ^ (low >>> 13)) + Math.imul(high, 5);
    return this;
  }

  /**
   * @param {number} value all 64 bits count, but all NaNs are one
   * @returns {this}
   */
  number(value) {
    scratch.setFloat64(0, Number.isNaN(value) ? NaN : value);
    return this.word(scratch.getInt32(0)).word(scratch.getInt32(4));
  }

  /**
   * @param {Uint8Array} bytes
   * @returns {this}
   */
  bytes(bytes) {
    this.word(bytes.length);
    for (const byte of bytes) this.word(byte);
    return this;
  }

  /**
   * @param {string} text
   * @returns {this}
   */
  text(text) {
    this.word(text.length);
    for (let i = 0; i < text.length; i++) this.word(text.charCodeAt(i));
    return this;
  }

  /**
   * Plain data, Maps and typed arrays. The order of an object's keys does not matter, that of a Map's does.
   *
   * @param {any} value
   * @returns {this}
   */
  value(value) {
    if (value === null || value === undefined) return this.word(TAG.null);
    switch (typeof value) {
      case "boolean":
        return this.word(value ? TAG.true : TAG.false);
      case "number":
        return this.word(TAG.number).number(value);
      case "bigint":
        return this.word(TAG.bigint).text(value.toString());
      case "string":
        return this.word(TAG.text).text(value);
    }
    if (ArrayBuffer.isView(value)) {
      return this.word(TAG.bytes).bytes(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
    }
    if (Array.isArray(value)) {
      this.word(TAG.list).word(value.length);
      for (const item of value) this.value(item);
      return this;
    }
    const entries = value instanceof Map ? [...value] : Object.keys(value).sort().map((key) => [key, value[key]]);
    this.word(TAG.map).word(entries.length);
    for (const [key, item] of entries) this.value(key).value(item);
    return this;
  }

  /** @returns {string} 16 hex digits */
  hex() {
    return hex32(this.#high) + hex32(this.#low);
  }
}

/** @param {number} word */
function hex32(word) {
  return (word >>> 0).toString(16).padStart(8, "0");
}
