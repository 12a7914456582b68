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
  /** Those whose page said that it freezes. @type {Set<number>} */
  #absent = new Set();
  #atEnd = false;
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
    switch (event.type) {
      case "EpisodeStarted":
        this.#isWaiting = false;
        this.#absent.clear();
        break;
      case "PeerInterrupted":
        this.#silent.add(event.player);
        break;
      case "PeerResumed":
        this.#silent.delete(event.player);
        break;
      case "PeerAbsent":
        this.#absent.add(event.player);
        break;
      case "PeerReturned":
        this.#silent.delete(event.player);
        this.#absent.delete(event.player);
        break;
      case "PeerDropped":
      case "PeerLeft":
        this.#silent.delete(event.player);
        this.#recovering.delete(event.player);
        this.#gone.add(event.player);
        break;
      default:
        return;
    }
    this.#tell();
  }

  /**
   * To be told in every tick.
   *
   * @param {ReadonlyMap<AgentId, boolean>} focus of every player
   * @param {boolean} atEnd whether an episode is over here: steps are played without those who are away, but ends wait
   */
  look(focus, atEnd) {
    this.#atEnd = atEnd;
    const away = [...this.#humans.keys()].filter((slot) => slot !== this.#me && !this.#gone.has(slot) && focus.get(this.#humans[slot]) === false);
    this.#unfocused = away.length ? `${this.#names(away)} is looking elsewhere` : "";
    this.#tell();
  }

  #tell() {
    const lines = [];
    const waitedFor = [...this.#silent].filter((slot) => this.#atEnd || !this.#absent.has(slot));
    if (waitedFor.length) {
      lines.push(`Waiting for ${this.#names(waitedFor)}`);
      if (waitedFor.some((slot) => this.#recovering.has(slot))) lines.push(RECOVERING);
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
