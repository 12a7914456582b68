// Peer notices: whom this page waits for, who looks away, who left, in words above the game.

/** @typedef {import("../rollback/types.js").RollbackEvent} RollbackEvent */
/** @typedef {import("../site_config.js").AgentId} AgentId */

/**
 * @typedef {object} NoticeScreens
 * @property {(text: string) => void} waiting shows a panel in front of the picture
 * @property {(text: string) => void} notice shows a line beside the picture; empty: none
 */

/** Follows what a session says of its peers. */
export class PeerNotices {
  #humans;
  #me;
  #nameOf;
  #screens;
  /** @type {Set<number>} */
  #silent = new Set();
  /** @type {Set<number>} */
  #gone = new Set();
  #unfocused = "";
  #shown = "";

  /**
   * @param {readonly AgentId[]} humans by slot
   * @param {number} me
   * @param {(agent: AgentId) => string} nameOf
   * @param {NoticeScreens} screens
   */
  constructor(humans, me, nameOf, screens) {
    this.#humans = humans;
    this.#me = me;
    this.#nameOf = nameOf;
    this.#screens = screens;
  }

  /** The others have not begun the episode yet. */
  waiting() {
    const others = [...this.#humans.keys()].filter((slot) => slot !== this.#me && !this.#gone.has(slot));
    this.#screens.waiting(`Waiting for ${this.#names(others)}`);
  }

  /** @param {RollbackEvent} event */
  hear(event) {
    if (event.type === "PeerInterrupted") this.#silent.add(event.player);
    else if (event.type === "PeerResumed" || event.type === "PeerReturned") this.#silent.delete(event.player);
    else if (event.type === "PeerDropped" || event.type === "PeerLeft") {
      this.#silent.delete(event.player);
      this.#gone.add(event.player);
    } else return;
    this.#tell();
  }

  /** @param {ReadonlyMap<AgentId, boolean>} focus of every player */
  focus(focus) {
    const away = [...this.#humans.keys()].filter((slot) => slot !== this.#me && !this.#gone.has(slot) && focus.get(this.#humans[slot]) === false);
    this.#unfocused = away.length ? `${this.#names(away)} is looking elsewhere` : "";
    this.#tell();
  }

  #tell() {
    const lines = [];
    if (this.#silent.size) lines.push(`Waiting for ${this.#names([...this.#silent])}`);
    else if (this.#unfocused) lines.push(this.#unfocused);
    if (this.#gone.size) lines.push(`${this.#names([...this.#gone])} left the game`);
    const text = lines.join(". ");
    if (text !== this.#shown) this.#screens.notice(text);
    this.#shown = text;
  }

  /** @param {number[]} slots */
  #names(slots) {
    return slots.map((slot) => this.#nameOf(this.#humans[slot])).join(" and ");
  }
}
