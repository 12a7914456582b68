// Halting: why a game of several cannot go on, in words for its participants.

/** @typedef {Extract<import("../rollback/types.js").RollbackEvent, {type: "Halted"}>} Halted */
/** @typedef {Extract<import("../rollback/types.js").RollbackEvent, {type: "Incompatible"}>} Incompatible */

/** A game of several peers that ended before its time; `failure.js` knows it by its name. */
export class GameHalted extends Error {
  /**
   * @param {string} message a sentence for participants
   * @param {"halted" | "partner_left"} [reason] whether somebody else closed the page
   * @param {number | null} [player] whose doing it was, if it was somebody's
   */
  constructor(message, reason = "halted", player = null) {
    super(message);
    this.name = "GameHalted";
    this.reason = reason;
    this.player = player;
  }
}

/** What participants read in place of the names of HELLO's fields. @type {Record<string, string>} */
const FIELDS = {
  wire: "igbuild's version",
  app: "the experiment",
  envDigest: "the build of the page",
  pyodide: "the version of Python",
  packagesDigest: "the packages",
  seed: "the session",
};

/**
 * @param {Halted} halted
 * @param {object} facts
 * @param {number} facts.players
 * @param {(slot: number) => string} facts.nameOf
 * @param {Incompatible | null} facts.difference between this page and another, if there was one
 * @param {number | null} [facts.left] who said goodbye
 * @returns {GameHalted}
 */
export function describeHalt({ reason, player }, { players, nameOf, difference, left = null }) {
  const who = player === null || players === 2 ? "the other player" : nameOf(player);
  switch (reason) {
    case "minority":
      if (left !== null) return new GameHalted(players === 2 ? "The other player left the game." : "Too many of the other players left the game.", "partner_left", left);
      return new GameHalted(players === 2 ? "The connection to the other player was lost." : "The connection to most of the other players was lost.");
    case "dropped-by-peers":
      return new GameHalted("Your connection was interrupted for too long, and the others went on without you.");
    case "incompatible": {
      const parameter = difference && otherParameter(difference);
      if (parameter) return new GameHalted(`You and ${who} did not open the same page: ${parameter} in its address differs.`);
      const what = difference ? (FIELDS[difference.field] ?? "a setting of the game") : "the game";
      return new GameHalted(`You and ${who} did not open the same page: ${what} differs. Please reload, both of you.`);
    }
    case "desync":
      return new GameHalted(`Your game and that of ${who} were no longer the same, so it was stopped.`);
    case "left":
      return new GameHalted("You left the game.");
    case "worker-failed":
      return new GameHalted("The game stopped because Python failed.");
  }
}

/**
 * @param {Incompatible} difference
 * @returns {string | null} which parameter of the environment has another value, in words; only our own names are shown
 */
function otherParameter({ field, ours, theirs }) {
  if (field !== "features") return null;
  const name = Object.keys(ours.globals).find((each) => ours.globals[each] !== theirs?.globals?.[each]);
  return name === undefined ? "a parameter" : `“${name}”`;
}

/** Why validateStateSync's false answer means that nobody can play. */
export const STATE_NOT_RESTORED =
  "This game cannot be played by several people: after going back to an earlier state, the same actions did not lead to the same state again. " +
  "For its author: give the environment get_state() and set_state() that hold everything it depends on; igbuild check says what differs.";
