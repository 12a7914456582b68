// The worker of a check in a browser: one Python, one request.
import { answer } from "./start.mjs";

/** @param {string} path */
const at = (path) => new URL(path, import.meta.url).href;

/** @type {import("./start.mjs").Host} */
const host = {
  read: async (path) => {
    const response = await fetch(at(path));
    if (!response.ok) throw new Error(`${path}: HTTP ${response.status}`);
    return new Uint8Array(await response.arrayBuffer());
  },
  module: at,
  folder: at,
  say: (text) => postMessage({ said: text }),
};

globalThis.onmessage = async ({ data: job }) => {
  try {
    postMessage({ answer: await answer(job, host) });
  } catch (error) {
    postMessage({ failure: /** @type {Error} */ (error).message });
  }
};
