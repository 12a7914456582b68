// The stage: the place on the page where the picture stands, and the loop that draws the newest one.

/** @typedef {import("./view.js").View} View */
/** @typedef {import("./view.js").Picture} Picture */

/** Draws a view's newest picture before each repaint of the screen, and keeps it fitted to the room there is. */
export class Stage {
  #view;
  #element;
  #fail;
  #request = 0;
  #shown = false;
  /** How far the canvas is moved from where the layout has it, in CSS pixels. */
  #moved = { x: 0, y: 0 };
  /** @type {((at: number) => void) | null} */
  #onDrawn = null;
  #observer = new ResizeObserver(() => this.#resize());

  /**
   * @param {HTMLElement} element
   * @param {View} view
   * @param {(error: unknown) => void} fail told what went wrong in drawing
   */
  constructor(element, view, fail) {
    this.#element = element;
    this.#view = view;
    this.#fail = fail;
    view.canvas.setAttribute("role", "img");
    view.canvas.setAttribute("aria-label", "The game");
    view.canvas.classList.add("blank");
    element.append(view.canvas);
    // Whatever stands around the stage moves it without changing its size.
    for (const neighbour of element.parentElement?.children ?? [element]) this.#observer.observe(neighbour);
    this.#watchRatio();
    this.#resize();
    this.#loop();
  }

  /**
   * Show a picture from the next repaint on.
   *
   * @param {Picture} picture
   * @param {((at: number) => void) | null} [onDrawn] told when it was drawn (`performance.now()`); not called for a
   *   picture that a later one replaced before
   */
  show(picture, onDrawn = null) {
    this.#view.show(picture, performance.now());
    this.#onDrawn = onDrawn;
    if (this.#shown) return;
    this.#shown = true;
    this.#snap();
  }

  /** Stop drawing and take the canvas away. */
  destroy() {
    cancelAnimationFrame(this.#request);
    this.#observer.disconnect();
    this.#view.destroy();
  }

  #loop() {
    this.#request = requestAnimationFrame(() => {
      try {
        if (this.#view.draw(performance.now())) {
          this.#onDrawn?.(performance.now());
          this.#onDrawn = null;
          if (this.#shown) this.#view.canvas.classList.remove("blank");
        }
        this.#loop();
      } catch (error) {
        this.#fail(error);
      }
    });
  }

  #resize() {
    const { clientWidth: width, clientHeight: height } = this.#element;
    if (width > 0 && height > 0) this.#view.resize({ width, height }, devicePixelRatio);
    this.#snap();
  }

  /** Centring may leave the canvas between two device pixels, where the browser would blur it. */
  #snap() {
    const { canvas } = this.#view;
    const { left, top } = canvas.getBoundingClientRect();
    /** @param {number} at */
    const off = (at) => Math.round(at * devicePixelRatio) / devicePixelRatio - at;
    this.#moved = { x: off(left - this.#moved.x), y: off(top - this.#moved.y) };
    canvas.style.transform = `translate(${this.#moved.x}px, ${this.#moved.y}px)`;
  }

  /** A window moved to another screen, or zoomed, changes the ratio without a resize of the stage. */
  #watchRatio() {
    const query = matchMedia(`(resolution: ${devicePixelRatio}dppx)`);
    query.addEventListener(
      "change",
      () => {
        this.#resize();
        this.#watchRatio();
      },
      { once: true },
    );
  }
}
