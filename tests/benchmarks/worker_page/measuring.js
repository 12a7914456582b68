// A worker that times its own work when asked, and how it is asked.
import { times } from "./ops.js";

/** @typedef {Record<string, () => unknown>} Work */

/**
 * The worker's end: prepare once, then time what is named.
 * @param {(init: any) => Promise<Work>} prepare
 */
export function measuring(prepare) {
  /** @type {Promise<Work> | undefined} */
  let work;
  self.onmessage = async ({ data }) => {
    try {
      work ??= prepare(data.init);
      const { [data.name]: action } = await work;
      self.postMessage({ found: action ? await times(data.runs, action) : [] });
    } catch (error) {
      self.postMessage({ failed: String(/** @type {Error} */ (error).stack) });
    }
  };
}

/** The page's end. */
export class Measured {
  #worker;
  #init;

  /**
   * @param {string} url
   * @param {object} init what `prepare` is given
   */
  constructor(url, init) {
    this.#worker = new Worker(url, { type: "module" });
    this.#init = init;
  }

  /**
   * @param {string} name of the work; an unknown one only prepares
   * @param {number} runs
   * @returns {Promise<number[]>} ms each
   */
  async times(name, runs) {
    const answer = await new Promise((resolve, reject) => {
      this.#worker.onmessage = ({ data }) => resolve(data);
      this.#worker.onerror = (event) => reject(new Error(event.message));
      this.#worker.postMessage({ init: this.#init, name, runs });
    });
    if (answer.failed) throw new Error(answer.failed);
    return answer.found;
  }
}
