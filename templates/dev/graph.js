// Graph: the last seconds of one quantity on a canvas, with its name and its newest value above.
import { el, write } from "./dom.js";
import { SPAN_MS } from "./history.js";

/** @typedef {{at: number, value: number}} Point */

/** Colours of the style sheet, read anew for each drawing as the scheme may change. */
export class Palette {
  #style = getComputedStyle(document.documentElement);

  /** @param {string} name of a custom property, without its dashes */
  of(name) {
    return this.#style.getPropertyValue(`--${name}`).trim();
  }

  /** @param {number} player from 0 */
  player(player) {
    return this.of(`player-${player}`);
  }
}

const MARGIN = 2;
/** Between two lines of the grid. */
const GRID_MS = 5000;

export class Graph {
  #canvas = el("canvas");
  #value = el("span", { className: "value" });

  /** @param {string} name @param {string} title explains it */
  constructor(name, title) {
    const caption = el("figcaption", {}, el("span", {}, name), this.#value);
    this.element = el("figure", { className: "graph", title }, caption, this.#canvas);
  }

  /**
   * @param {number} now right edge, ms since the epoch
   * @param {Palette} palette
   * @param {string} value the newest, as text
   * @returns {Drawing} to draw on
   */
  begin(now, palette, value) {
    write(this.#value, value);
    return new Drawing(this.#canvas, now, palette);
  }
}

/** One picture of a graph. */
export class Drawing {
  #context;
  #width;
  #height;
  #now;

  /** @param {HTMLCanvasElement} canvas @param {number} now @param {Palette} palette */
  constructor(canvas, now, palette) {
    this.palette = palette;
    this.#now = now;
    this.#width = canvas.clientWidth;
    this.#height = canvas.clientHeight;
    const scale = devicePixelRatio;
    const [width, height] = [this.#width, this.#height].map((length) => Math.round(length * scale));
    if (canvas.width !== width) canvas.width = width;
    if (canvas.height !== height) canvas.height = height;
    const context = (this.#context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d")));
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.clearRect(0, 0, this.#width, this.#height);
    context.fillStyle = palette.of("grid");
    for (let ago = GRID_MS; ago < SPAN_MS; ago += GRID_MS) context.fillRect(Math.round(this.#x(now - ago)), 0, 1, this.#height);
  }

  /** Shade some moments. @param {readonly number[]} times @param {number} lasting ms @param {string} color */
  marks(times, lasting, color) {
    this.#context.fillStyle = color;
    const width = Math.max(1.5, (lasting / SPAN_MS) * this.#width);
    for (const at of times) this.#context.fillRect(this.#x(at), 0, width, this.#height);
  }

  /** @param {readonly Point[]} points @param {number} most top of the scale @param {string} color */
  line(points, most, color) {
    const context = this.#context;
    context.strokeStyle = color;
    context.lineWidth = 1.5;
    context.lineJoin = "round";
    context.beginPath();
    for (const [i, { at, value }] of points.entries()) {
      const [x, y] = [this.#x(at), this.#y(value / most, this.#height)];
      if (i === 0) context.moveTo(x, y);
      else context.lineTo(x, y);
    }
    context.stroke();
  }

  /** Values that hold until the next, filled down to zero. @param {readonly Point[]} points @param {number} most @param {string} color */
  area(points, most, color) {
    const context = this.#context;
    context.fillStyle = color;
    for (const [i, { at, value }] of points.entries()) {
      const x = this.#x(at);
      const end = this.#x(points[i + 1]?.at ?? this.#now);
      const y = this.#y(value / most, this.#height);
      context.fillRect(x, y, Math.max(1, Math.min(end - x, 4)), this.#height - y);
    }
  }

  /**
   * @param {readonly Point[]} points
   * @param {number} most
   * @param {string} color
   * @param {{from: number, to: number}} [span] where zero and `most` lie, as parts of the height from the top
   */
  bars(points, most, color, { from, to } = { from: 1, to: 0 }) {
    const context = this.#context;
    context.fillStyle = color;
    const zero = from * this.#height;
    for (const { at, value } of points) {
      const end = zero + Math.min(1, value / most) * (to - from) * this.#height;
      context.fillRect(this.#x(at), Math.min(zero, end), 1.5, Math.abs(end - zero));
    }
  }

  /** A line across. @param {number} part of the height, from the top */
  across(part) {
    this.#context.fillStyle = this.palette.of("grid");
    this.#context.fillRect(0, Math.round(part * this.#height), this.#width, 1);
  }

  /** @param {string} text @param {"top" | "bottom"} edge where it names the end of the scale */
  label(text, edge = "top") {
    const context = this.#context;
    context.font = "10px system-ui, sans-serif";
    context.textBaseline = edge;
    const y = edge === "top" ? 2 : this.#height - 1;
    // Whatever is drawn below must not hide it.
    context.fillStyle = this.palette.of("veil");
    context.fillRect(1, edge === "top" ? 1 : this.#height - 13, context.measureText(text).width + 5, 12);
    context.fillStyle = this.palette.of("quiet");
    context.fillText(text, 3, y);
  }

  /** @param {number} at */
  #x(at) {
    return this.#width - ((this.#now - at) / SPAN_MS) * this.#width;
  }

  /** @param {number} part of the scale @param {number} height */
  #y(part, height) {
    return height - MARGIN - Math.min(1, part) * (height - 2 * MARGIN);
  }
}

/** @param {number} most the greatest value @param {number} least top of the scale at least @returns {number} a round number above it */
export function scaleOf(most, least) {
  if (most <= least) return least;
  const unit = 10 ** Math.floor(Math.log10(most));
  return /** @type {number} */ ([1, 1.5, 2, 3, 4, 5, 7.5, 10].find((step) => step * unit >= most)) * unit;
}
