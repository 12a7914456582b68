// Paths: the six outlined shapes, as drawing commands of a Phaser Graphics around its own origin.

/** @typedef {import("./view.js").Shape} Shape */
/** @typedef {import("phaser").GameObjects.Graphics} Graphics */

const RADIANS = Math.PI / 180;

/** @param {string} color `#rrggbb` */
export const colorNumber = (color) => Number.parseInt(color.slice(1), 16);

/**
 * @param {Graphics} pen
 * @param {[number, number][]} points
 */
function through(pen, points) {
  const [[x, y], ...rest] = points;
  pen.moveTo(x, y);
  for (const [nextX, nextY] of rest) pen.lineTo(nextX, nextY);
}

/**
 * @param {Graphics} pen
 * @param {Shape} shape
 */
function rect(pen, { width, height, radius = 0, anchor = [0, 0] }) {
  const left = -anchor[0] * width;
  const top = -anchor[1] * height;
  const right = left + width;
  const bottom = top + height;
  const corner = Math.min(radius, width / 2, height / 2);
  if (corner <= 0) return through(pen, [[left, top], [right, top], [right, bottom], [left, bottom]]);
  pen.moveTo(left + corner, top);
  pen.arc(right - corner, top + corner, corner, -90 * RADIANS, 0);
  pen.arc(right - corner, bottom - corner, corner, 0, 90 * RADIANS);
  pen.arc(left + corner, bottom - corner, corner, 90 * RADIANS, 180 * RADIANS);
  pen.arc(left + corner, top + corner, corner, 180 * RADIANS, 270 * RADIANS);
}

/**
 * @param {Graphics} pen
 * @param {Shape} shape
 */
function ellipse(pen, { width, height }) {
  if (!(width > 0 && height > 0)) return;
  // Only the path is stretched: restoring before the stroke keeps its width even.
  pen.save();
  pen.scaleCanvas(width / 2, height / 2);
  pen.arc(0, 0, 1, 0, 2 * Math.PI);
  pen.restore();
}

/**
 * @param {Graphics} pen
 * @param {Shape} shape
 */
function arc(pen, { radius, start, end, pie = false }) {
  const sweep = end - start >= 360 ? 360 : (((end - start) % 360) + 360) % 360;
  if (pie && sweep < 360) pen.moveTo(0, 0);
  pen.arc(0, 0, radius, start * RADIANS, (start + sweep) * RADIANS);
}

/** Whether a shape's outline runs back to its beginning. @type {Record<string, (shape: Shape) => boolean>} */
const CLOSED = { line: () => false, arc: ({ pie = false }) => pie };

/** @type {Record<string, (pen: Graphics, shape: Shape) => void>} */
const PATHS = {
  rect,
  circle: (pen, { radius }) => void pen.arc(0, 0, radius, 0, 2 * Math.PI),
  ellipse,
  line: (pen, { points }) => through(pen, points),
  polygon: (pen, { points }) => through(pen, points),
  arc,
};

/** The shapes that are paths. */
export const PATH_SHAPES = Object.freeze(Object.keys(PATHS));

/**
 * Draw a shape's fill and outline; its place, rotation and alpha are the Graphics' own.
 *
 * @param {Graphics} pen what it drew before is gone
 * @param {Shape} shape one of PATH_SHAPES
 */
export function drawPath(pen, shape) {
  pen.clear();
  if (shape.fill) pen.fillStyle(colorNumber(shape.fill), 1);
  const stroked = shape.stroke && (shape.stroke_width ?? 1) > 0;
  if (stroked) pen.lineStyle(shape.stroke_width ?? 1, colorNumber(shape.stroke), 1);
  pen.beginPath();
  PATHS[shape.shape](pen, shape);
  if (CLOSED[shape.shape]?.(shape) ?? true) pen.closePath();
  if (shape.fill && shape.shape !== "line") pen.fillPath();
  if (stroked) pen.strokePath();
}
