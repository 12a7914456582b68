// Failures: what to tell a participant, and what to tell whoever built the experiment, about anything thrown.

/**
 * @typedef {object} Failure
 * @property {string} headline for the participant
 * @property {string} advice what to do
 * @property {string} type of the error, as Python or JavaScript names it; empty where the message says all
 * @property {string} message
 * @property {string} details traceback, may be empty
 */

/** Failures in getting the game, which another try or another network may cure. */
const LOADING = Object.freeze(["WorkerLoadError", "IntegrityError", "PackageError"]);

/** No failure of a program, but a sentence for people who play together (multiplayer/halting.js). */
const HALTED = "GameHalted";

/**
 * @param {string} type
 * @returns {Pick<Failure, "headline" | "advice">}
 */
function wordsFor(type) {
  if (LOADING.includes(type)) {
    return { headline: "The game could not be loaded", advice: "Check your internet connection, then try again." };
  }
  if (type === HALTED) {
    return { headline: "The game cannot go on", advice: "Please tell whoever gave you the link." };
  }
  if (type === "WorkerTimeout") {
    return { headline: "The game does not answer", advice: "Try again. If it happens once more, please tell whoever gave you the link." };
  }
  return { headline: "The game stopped", advice: "Try again. If it happens once more, please tell whoever gave you the link." };
}

/**
 * Describe anything that was thrown.
 *
 * @param {unknown} error
 * @returns {Failure}
 */
export function describeFailure(error) {
  const { name, message, stack } = /** @type {Partial<Error>} */ (error instanceof Object ? error : {});
  const type = String(name ?? "Error");
  const text = String(message ?? (typeof error === "object" ? "It gave no message." : error));
  if (type === HALTED) return { ...wordsFor(type), type: "", message: text, details: "" };
  // Python's traceback and V8's stack end or begin with the message, which is shown already.
  const details = String(stack ?? "").trim();
  return { ...wordsFor(type), type, message: text, details: details === `${type}: ${text}` ? "" : details };
}
