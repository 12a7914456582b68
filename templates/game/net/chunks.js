// Chunks: an episode's lines in numbered parts small enough to hand in.

/** @typedef {"rows" | "local" | "validation" | "telemetry" | "meta"} Kind */
/** @typedef {{episode: number, kind: Kind, index: number, content: string}} Chunk */

/** Characters of a part; so few that a page that goes can still hand some in (last_words.js). */
export const MAX_CHARS = 20_000;

export class Chunks {
  /** Parts of each kind so far, by `episode kind`. @type {Map<string, number>} */
  #next = new Map();

  /**
   * @param {number} episode
   * @param {Kind} kind
   * @param {readonly string[]} lines
   * @returns {Chunk[]}
   */
  cut(episode, kind, lines) {
    /** @type {Chunk[]} */
    const chunks = [];
    let content = "";
    const close = () => {
      if (content) chunks.push({ episode, kind, index: this.#index(episode, kind), content });
      content = "";
    };
    for (const line of lines) {
      if (content.length + line.length > MAX_CHARS) close();
      content += `${line}\n`;
    }
    close();
    return chunks;
  }

  /** @param {number} episode @param {Kind} kind */
  #index(episode, kind) {
    const key = `${episode} ${kind}`;
    const index = this.#next.get(key) ?? 0;
    this.#next.set(key, index + 1);
    return index;
  }
}
