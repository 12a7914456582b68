// Completion: what a participant gets at the end, a code and the address to go on to. Pure.

/** @typedef {import("./site_config.js").CompletionConfig} CompletionConfig */
/** @typedef {import("./session_record.js").Session} Session */

/** What is read off a screen and typed: no 0 and O, no 1 and I. 32 letters, so that a byte's low bits draw one. */
const LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
const LENGTH = 8;

/**
 * @param {Uint8Array} [bytes] random ones
 * @returns {string} 40 random bits as text
 */
export function drawCode(bytes = crypto.getRandomValues(new Uint8Array(LENGTH))) {
  return [...bytes].map((byte) => LETTERS[byte % LETTERS.length]).join("");
}

/**
 * @param {CompletionConfig | undefined} completion
 * @param {object} who
 * @param {Readonly<Pick<Session, "globals" | "parameters" | "completionCode">>} who.session
 * @param {string} who.participant
 * @param {string} reason why the session ended
 * @returns {{code: string | null, url: string | null, countdown: number} | null} null: nothing after such an ending
 */
export function givenAfter(completion, { session, participant }, reason) {
  if (!completion?.after.includes(reason)) return null;
  const { redirect, countdown } = completion;
  const code = session.completionCode ?? completion.code;
  const own = { [completion.participant]: participant, participant, code: code ?? "", reason };
  return { code, url: redirect && filled(redirect, { ...session.parameters, ...session.globals, ...own }), countdown };
}

/**
 * @param {string} address with `{names}`
 * @param {Record<string, unknown>} values a name without one stands for nothing
 * @returns {string}
 */
function filled(address, values) {
  return address.replace(/\{([^{}]*)\}/g, (_, name) => encodeURIComponent(String(values[name] ?? "")));
}
