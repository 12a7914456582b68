// Shaping: brings the links as they were chosen to the pages in the frames, also to those that were loaded anew.
import { asShaped } from "./links.js";

/** @typedef {import("./links.js").Links} Links */
/** @typedef {Pick<import("../game/net/network_lab.js").NetworkLab, "shape">} Lab */

/**
 * A page in a frame.
 *
 * @typedef {{lab: Lab | null, seat: number | null}} Shaped `seat`: its place in the game; null: it has none yet
 */

export class Shaping {
  #links;
  /** What each page was told last, by the other's seat. @type {WeakMap<Lab, Map<number | null, string>>} */
  #told = new WeakMap();

  /** @param {Links} links */
  constructor(links) {
    this.#links = links;
  }

  /** Tell each page what is new to it. @param {readonly Shaped[]} pages by player */
  apply(pages) {
    pages.forEach(({ lab, seat: own }, from) => {
      if (!lab) return;
      // Seats are known once the players have met. Links that are all alike can be so before, while they are measured.
      if (this.#links.alike(from)) {
        const [{ to }] = this.#links.pairs.filter((pair) => pair.from === from);
        this.#tell(lab, null, from, to);
      } else if (own !== null) {
        pages.forEach(({ seat }, to) => {
          if (to !== from && seat !== null && seat !== own) this.#tell(lab, seat, from, to);
        });
      }
    });
  }

  /** @param {Lab} lab @param {number | null} seat of the other; null: all @param {number} from @param {number} to */
  #tell(lab, seat, from, to) {
    const quality = asShaped(this.#links.of(from, to));
    const text = JSON.stringify(quality);
    const told = this.#told.get(lab) ?? new Map();
    if (told.get(seat) === text) return;
    lab.shape(quality, seat);
    // What was said to one is overridden by what is said to all, and the other way round.
    if (seat === null) told.clear();
    else told.delete(null);
    told.set(seat, text);
    this.#told.set(lab, told);
  }
}
