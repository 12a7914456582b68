// Whether this peer wants to be away or back: what its page says, and what its stopped clock gives away.

/** @typedef {import("./membership.js").Membership} Membership */

/** Ticks between two requests to return. */
const RETURN_TICKS = 4;

export class Absence {
  /** The page is hidden. */
  hidden = false;
  /** Wants to be away, and could not yet. */
  #wanted = false;
  /** Is away because its clock stood still, not because it said so. */
  #frozen = false;
  #steadyTicks = 0;
  #ticks = 0;

  /** @param {{absencePolicy: "away" | "pause", fps: number}} config */
  constructor(config) {
    this.config = config;
  }

  /** @param {boolean} hidden */
  setHidden(hidden) {
    this.hidden = hidden;
    if (!hidden) this.#wanted = false;
  }

  /** The page says that it is about to freeze. @param {Membership} membership */
  declare(membership) {
    if (this.config.absencePolicy === "pause") return;
    this.#frozen = false;
    this.#wanted = !membership.goAway();
  }

  /** An episode begins, with everyone in it. */
  restart() {
    this.#wanted = false;
    this.#frozen = false;
  }

  /**
   * Once a tick of a running episode.
   *
   * @param {Membership} membership
   * @param {boolean} isAway
   * @param {boolean} stopped whether the clock had stopped before this tick
   */
  update(membership, isAway, stopped) {
    this.#ticks++;
    this.#steadyTicks = stopped ? 0 : this.#steadyTicks + 1;
    if (stopped && this.hidden && this.config.absencePolicy === "away") this.#wanted = this.#frozen = true;
    if (this.#wanted) this.#wanted = !isAway && !membership.goAway();
    if (!isAway || this.#ticks % RETURN_TICKS) return;
    // A page that ticks steadily again plays on, hidden or not; one that said it would freeze waits to be seen.
    if (!this.hidden || (this.#frozen && this.#steadyTicks >= this.config.fps)) membership.requestReturn();
  }
}
