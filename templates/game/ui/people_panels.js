// Panels of a game of several people, one function for each.
import { button, el } from "./dom.js";
import { keyLegend } from "./panels.js";

/** @typedef {import("./panels.js").Panel} Panel */
/** @typedef {{reason: import("../net/endings.js").EndingReason, message: string}} Ending */

/** @param {number} seconds */
const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;

/**
 * @param {string} title
 * @param {{waiting: number, needed: number}} room people who wait, this one included, and how many play together
 * @returns {Panel & {update: (left: number) => void}} `left`: seconds
 */
export function waitingRoomPanel(title, { waiting, needed }) {
  const missing = needed - waiting;
  const text = missing > 0 ? `Waiting for ${missing === 1 ? "one more player" : `${missing} more players`}` : "Waiting for a game to begin";
  const left = el("p", "quiet small");
  return {
    content: [el("h1", null, title), el("p", "count", `${waiting} / ${needed}`), el("p", null, text), left],
    status: `${text}. ${waiting} of ${needed} are here.`,
    update: (seconds) => (left.textContent = `Longest wait: ${clock(seconds)}`),
  };
}

/**
 * @param {string} headline
 * @param {string} text
 * @returns {Panel}
 */
export function waitingPanel(headline, text) {
  return { content: [el("h1", null, headline), el("p", "quiet", text)], status: `${headline}. ${text}` };
}

/**
 * @param {number} left seconds
 * @param {import("../site_config.js").SiteConfig["controls"] | null} own whose keys this player alone has
 * @returns {Panel}
 */
export function readyPanel(left, own) {
  const keys = own ? [el("p", "quiet small", "Your keys"), ...keyLegend(own)] : [];
  return {
    content: [el("p", "quiet", "Everybody is here"), el("h1", null, "The game begins"), el("p", "count", String(left)), ...keys],
    status: `The game begins in ${left}`,
  };
}

/** @type {Partial<Record<Ending["reason"], string>>} */
const HEADLINES = {
  nobody_came: "Nobody else is here",
  duplicate: "The game is open already",
  unreachable: "No connection",
  partner_left: "The game is over",
  focus_timeout: "The game is over",
  partner_focus_timeout: "The game is over",
};

/** Endings that another try may change. @type {readonly Ending["reason"][]} */
const WORTH_TRYING = ["nobody_came", "duplicate", "full", "unreachable", "refused"];

/**
 * @param {Ending} ending
 * @param {() => void} reload
 * @returns {Panel}
 */
export function endingPanel({ reason, message }, reload) {
  const headline = HEADLINES[reason] ?? "The game cannot begin";
  const focus = WORTH_TRYING.includes(reason) ? button("Try again", reload) : undefined;
  return { content: [el("h1", null, headline), el("p", null, message), ...(focus ? [focus] : [])], status: `${headline}. ${message}`, focus };
}
