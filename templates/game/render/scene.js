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

/** Follows the things of successive pictures. Times are ms of any one clock. */
export class Scene {
  /** In drawing order. @type {Thing[]} */
  #things = [];

  /**
   * Take a new, complete picture.
   *
   * @param {readonly Shape[]} shapes
   * @param {number} now
   */
  show(shapes, now) {
    const before = new Map(this.#things.map((thing) => [thing.key, thing]));
    /** @type {Map<string, number>} */
    const unnamed = new Map();
    const things = shapes.map((to) => {
      if (to.id !== undefined) return this.#follow(before.get(`id ${to.id}`), `id ${to.id}`, to, now);
      const count = unnamed.get(to.shape) ?? 0;
      unnamed.set(to.shape, count + 1);
      return { key: `${to.shape} ${count}`, to, from: null, since: now };
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
   * @returns {Thing}
   */
  #follow(thing, key, to, now) {
    if (!thing || !(to.tween && to.tween > 0) || thing.to.shape !== to.shape) return { key, to, from: null, since: now };
    if (same(thing.to, to)) return thing;
    return { key, to, from: this.#shapeOf(thing, now), since: now };
  }

  /**
   * @param {Thing} thing
   * @param {number} now
   * @returns {Shape} `thing.to` itself once it has arrived
   */
  #shapeOf({ from, to, since }, now) {
    const part = from && to.tween ? (now - since) / to.tween : 1;
    return from && part < 1 ? between(from, to, Math.max(0, part)) : to;
  }
}
