// The baseline: the least that shows a first picture with Pyodide in a worker, without any of igbuild.
const canvas = /** @type {HTMLCanvasElement} */ (document.getElementById("canvas"));
const brush = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));

const worker = new Worker(new URL("worker.js", import.meta.url), { type: "module" });
worker.onmessage = ({ data }) => {
  for (const { x = 0, y = 0, width = 10, height = 10, fill = "black" } of data) {
    brush.fillStyle = fill;
    brush.fillRect(x, y, width, height);
  }
  requestAnimationFrame(() => Object.assign(globalThis, { firstFrame: performance.now() }));
};
