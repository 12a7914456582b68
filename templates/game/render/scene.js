// The scene: what a draw list's shapes are at a moment, followed by id from one picture to the next.

/** @typedef {import("./view.js").Shape} Shape */

/** Values of keys that a shape leaves out, where they can move. */
const DEFAULTS = Object.freeze(/** @type {Record<string, number>} */ ({ alpha: 1, rotation: 0, radius: 0, stroke_width: 1, size: 16 }));

/** Keys that move; all others change at once. */
const MOVING = Object.freeze(["x", "y", "width", "height", "radius", "start", "end", "rotation", "alpha", "stroke_width", "size"]);

/**
 * A thing on the canvas: `from` is where it was when it got its present shape, null if it does not move there.
 *
 * @typedef {object} Thing
 * @property {string} key the same for the same thing in successive pictures
 * @property {Shape} to
 * @property {Shape | null} from
 * @property {number} since ms
 * @property {number} lasts ms that the way takes
 * @property {number} pace how far it moved from the picture before, in pixels
 * @property {boolean} corrected it is on its way because a correction moved it
 */

/**
 * @param {number} a
 * @param {number} b
 * @param {number} part
 */
const mix = (a, b, part) => a + (b - a) * part;

/**
 * A shape on its way: numbers in between, turning the shorter way round, all else as in `to`.
 *
 * @param {Shape} from
 * @param {Shape} to of the same kind
 * @param {number} part of the way, 0 to 1
 * @returns {Shape}
 */
export function between(from, to, part) {
  const shape = { ...to };
  for (const key of MOVING) {
    const a = from[key] ?? DEFAULTS[key];
    const b = to[key] ?? DEFAULTS[key];
    if (typeof a !== "number" || typeof b !== "number" || a === b) continue;
    if (key !== "rotation") shape[key] = mix(a, b, part);
    else shape[key] = a + (((((b - a) % 360) + 540) % 360) - 180) * part;
  }
  if (from.points && from.points.length === to.points.length) {
    shape.points = to.points.map((/** @type {[number, number]} */ [x, y], /** @type {number} */ index) => {
      const [x0, y0] = from.points[index];
      return [mix(x0, x, part), mix(y0, y, part)];
    });
  }
  return shape;
}

/**
 * @param {Shape} a
 * @param {Shape} b
 */
const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

/** A correction moved a thing when it went farther than in its last step, by this factor and these pixels. */
const JUMP = Object.freeze({ factor: 1.5, pixels: 1 });

/** @param {Shape} a @param {Shape} b @returns {number} pixels between them, 0 where either has no place */
const distance = (a, b) => Math.hypot((b.x ?? 0) - (a.x ?? 0), (b.y ?? 0) - (a.y ?? 0));

/** @param {string} key @param {Shape} to @param {number} now @returns {Thing} one that is where it is */
const still = (key, to, now) => ({ key, to, from: null, since: now, lasts: 0, pace: 0, corrected: false });

/** Follows the things of successive pictures. Times are ms of any one clock. */
export class Scene {
  /** In drawing order. @type {Thing[]} */
  #things = [];

  /**
   * Take a new, complete picture.
   *
   * @param {readonly Shape[]} shapes
   * @param {number} now
   * @param {number} [smooth] the picture corrects the one before: ms within which what jumped gets to its place
   */
  show(shapes, now, smooth = 0) {
    const before = new Map(this.#things.map((thing) => [thing.key, thing]));
    /** @type {Map<string, number>} */
    const unnamed = new Map();
    const things = shapes.map((to) => {
      if (to.id !== undefined) return this.#follow(before.get(`id ${to.id}`), `id ${to.id}`, to, now, smooth);
      const count = unnamed.get(to.shape) ?? 0;
      unnamed.set(to.shape, count + 1);
      return still(`${to.shape} ${count}`, to, now);
    });
    this.#things = things.sort((a, b) => (a.to.depth ?? 0) - (b.to.depth ?? 0));
  }

  /**
   * @param {number} now
   * @returns {{things: {key: string, shape: Shape}[], moving: boolean}} in drawing order, the nearest last; `moving`:
   *   some are still on their way
   */
  at(now) {
    let moving = false;
    const things = this.#things.map((thing) => {
      const shape = this.#shapeOf(thing, now);
      if (shape !== thing.to) moving = true;
      return { key: thing.key, shape };
    });
    return { things, moving };
  }

  /**
   * @param {Thing | undefined} thing as it was in the picture before
   * @param {string} key
   * @param {Shape} to
   * @param {number} now
   * @param {number} smooth
   * @returns {Thing}
   */
  #follow(thing, key, to, now, smooth) {
    if (!thing || thing.to.shape !== to.shape) return still(key, to, now);
    if (same(thing.to, to)) return thing;
    const pace = distance(thing.to, to);
    const jumped = smooth > 0 && pace > JUMP.factor * thing.pace + JUMP.pixels;
    // A correction under way goes on to wherever the thing is by now, and takes no longer for that.
    const left = thing.corrected ? Math.max(0, thing.since + thing.lasts - now) : 0;
    const lasts = Math.max(to.tween ?? 0, jumped ? smooth : left);
    if (lasts <= 0) return { ...still(key, to, now), pace };
    return { key, to, from: this.#shapeOf(thing, now), since: now, lasts, pace, corrected: jumped || left > 0 };
  }

  /**
   * @param {Thing} thing
   * @param {number} now
   * @returns {Shape} `thing.to` itself once it has arrived
   */
  #shapeOf({ from, to, since, lasts }, now) {
    const part = from ? (now - since) / lasts : 1;
    return from && part < 1 ? between(from, to, Math.max(0, part)) : to;
  }
}
