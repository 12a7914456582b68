// Peer notices: whom this page waits for, who looks away, who left, in words above the game.

/** @typedef {import("../rollback/types.js").RollbackEvent} RollbackEvent */
/** @typedef {import("../site_config.js").AgentId} AgentId */

/**
 * @typedef {object} NoticeScreens
 * @property {(text: string, more: string) => void} waiting shows a panel in front of the picture
 * @property {(text: string) => void} notice shows a line beside the picture; empty: none
 */

const WHEN_THERE = "The game goes on as soon as everybody is there.";
const RECOVERING = "Looking for a new connection";

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
  /** To whom the path is lost. @type {Set<number>} */
  #recovering = new Set();
  #isWaiting = false;
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
    this.#isWaiting = true;
    const others = [...this.#humans.keys()].filter((slot) => slot !== this.#me && !this.#gone.has(slot));
    this.#screens.waiting(`Waiting for ${this.#names(others)}`, this.#recovering.size ? `${RECOVERING}. ${WHEN_THERE}` : WHEN_THERE);
  }

  /**
   * @param {number} slot
   * @param {boolean} recovering whether the path to it is lost, and looked for
   */
  recovering(slot, recovering) {
    if (recovering) this.#recovering.add(slot);
    else this.#recovering.delete(slot);
    if (this.#isWaiting) this.waiting();
    this.#tell();
  }

  /** @param {RollbackEvent} event */
  hear(event) {
    if (event.type === "EpisodeStarted") this.#isWaiting = false;
    if (event.type === "PeerInterrupted") this.#silent.add(event.player);
    else if (event.type === "PeerResumed" || event.type === "PeerReturned") this.#silent.delete(event.player);
    else if (event.type === "PeerDropped" || event.type === "PeerLeft") {
      this.#silent.delete(event.player);
      this.#recovering.delete(event.player);
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
    if (this.#silent.size) {
      lines.push(`Waiting for ${this.#names([...this.#silent])}`);
      if ([...this.#silent].some((slot) => this.#recovering.has(slot))) lines.push(RECOVERING);
    } else if (this.#unfocused) lines.push(this.#unfocused);
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
