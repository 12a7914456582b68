// The ending: follows what the session says until the game cannot go on, and tells when it is over and why.
import { describeHalt } from "./halting.js";

/** @typedef {import("./halting.js").GameHalted} GameHalted */
/** @typedef {import("../rollback/types.js").RollbackEvent} RollbackEvent */

/** Time given to the search for the first difference between two peers before the game ends, in ms. */
const SEARCH_MS = 3000;

export class Ending {
  #players;
  #nameOf;
  /** @type {Extract<RollbackEvent, {type: "Incompatible"}> | null} */
  #difference = null;
  /** Who said goodbye last, in this episode or before it began. @type {number | null} */
  #left = null;
  /** @type {GameHalted | null} */
  #error = null;
  #at = Infinity;

  /**
   * @param {number} players
   * @param {(slot: number) => string} nameOf
   */
  constructor(players, nameOf) {
    this.#players = players;
    this.#nameOf = nameOf;
  }

  /** @param {RollbackEvent} event @param {number} now ms */
  hear(event, now) {
    if (event.type === "Incompatible") this.#difference = event;
    else if (event.type === "PeerLeft") this.#left = event.player;
    else if (event.type === "EpisodeStarted") this.#left = null;
    else if (event.type === "DesyncLocated" && this.#error) this.#at = now;
    else if (event.type === "Halted" && !this.#error) {
      this.#error = describeHalt(event, { players: this.#players, nameOf: this.#nameOf, difference: this.#difference, left: this.#left });
      // The two peers go on comparing, so that both know where they first differed.
      this.#at = event.reason === "desync" ? now + SEARCH_MS : now;
    }
  }

  /** @param {number} now @returns {GameHalted | null} why the game is over, once it is */
  due(now) {
    return now >= this.#at ? this.#error : null;
  }
}
