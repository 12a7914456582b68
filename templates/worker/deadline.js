// What a request that was not answered in time is called: in the words of experiment.toml and of the environment.

/** @typedef {import("./protocol.js").RequestType} RequestType */

/** What Python was at, for requests that call the environment. */
const METHODS = Object.freeze(
  /** @type {Partial<Record<RequestType, string>>} */ ({
    initEnv: "the entry point",
    reset: "reset()",
    step: "step()",
    render: "render()",
    getState: "get_state()",
    saveState: "get_state()",
    computeHash: "get_state()",
    setState: "set_state()",
    loadState: "set_state()",
  }),
);

/**
 * @param {RequestType[]} asked the request, or the ops of its batch
 * @param {number} ms how long was waited
 * @returns {string}
 */
export function unanswered(asked, ms) {
  const names = [...new Set(asked.map((type) => METHODS[type] ?? type))];
  return `${names.join(" or ")} did not return within ${ms / 1000} s ([pyodide] request_timeout of experiment.toml)`;
}

/**
 * @param {number} ms how long was waited
 * @returns {string}
 */
export function notLoaded(ms) {
  return `loading made no progress for ${ms / 1000} s ([pyodide] init_timeout of experiment.toml)`;
}
