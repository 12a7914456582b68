// Endings: why there is no game to play with others, by a name that screens and data go by.

/** @typedef {"nobody_came" | "duplicate" | "full" | "unreachable" | "refused" | "unsupported" | "partner_left" | "focus_timeout" | "partner_focus_timeout"} EndingReason */

/** People cannot play together, or not any more; the message is a sentence for participants. */
export class TogetherNoMore extends Error {
  /** @param {EndingReason} reason @param {string} message */
  constructor(reason, message) {
    super(message);
    this.name = "TogetherNoMore";
    this.reason = reason;
  }
}

/** What the hub's refusals mean to participants. @type {Record<string, [EndingReason, string]>} */
const REFUSALS = {
  duplicate: ["duplicate", "You have this game open in another window already. Please go on there, or close it and reload this one."],
  full: ["full", "Too many people are playing at the moment. Please try again later."],
  wrong_experiment: ["refused", "The server plays another game than this page. Please tell whoever gave you the link."],
  bad_message: ["refused", "The server did not understand this page. Please reload it."],
};

/**
 * @param {string} code of the hub
 * @returns {TogetherNoMore}
 */
export function refusalEnding(code) {
  const [reason, message] = REFUSALS[code] ?? ["refused", `The server did not let you join (${code}). Please reload the page.`];
  return new TogetherNoMore(reason, message);
}

/** @returns {TogetherNoMore} people have to be connected directly, and the browser cannot */
export function unsupportedEnding() {
  return new TogetherNoMore("unsupported", "This browser does not connect pages with each other (WebRTC is missing or switched off). Please use a current Firefox, Chrome, Edge or Safari as it comes.");
}
