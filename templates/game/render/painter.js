// The painter: keeps one Phaser object per thing of the scene, and changes it only where the thing changed.
import { PATH_SHAPES, colorNumber, drawPath } from "./paths.js";
import { Recent } from "./recent.js";

/** @typedef {import("./view.js").Shape} Shape */
/** @typedef {import("../assets.js").LoadedAssets} LoadedAssets */
/** @typedef {import("phaser").Scene} PhaserScene */
/** @typedef {import("phaser").GameObjects.Graphics | import("phaser").GameObjects.Text | import("phaser").GameObjects.Image} Drawn */

/**
 * @typedef {object} Painted
 * @property {Drawn} object
 * @property {string} kind what the object can draw: "path", "text" or "image"
 * @property {Shape | null} shape as it was drawn last
 * @property {string} style of a text, as it was set last
 */

/** Textures that Phaser makes for itself, under names that no asset of an experiment should be mistaken for. */
const TEXTURE_PREFIX = "igbuild/";

/** Tinted copies kept of each picture; there are more only while more stand on the canvas. */
const TINTS = 16;

const RADIANS = Math.PI / 180;

/** @param {string} shape */
function kindOf(shape) {
  if (PATH_SHAPES.includes(shape)) return "path";
  if (shape === "text" || shape === "image") return shape;
  throw new Error(`The environment drew a “${shape}”, which this page does not know.`);
}

/** Paints things with Phaser. */
export class Painter {
  #scene;
  #assets;
  /** @type {Map<string, Painted>} */
  #painted = new Map();
  /** The keys of tinted copies, by the picture that they are of. @type {Map<string, Recent<string>>} */
  #tints = new Map();
  /** Since they were last trimmed. @type {Set<Recent<string>>} */
  #grown = new Set();
  #sharpness = 1;

  /**
   * @param {PhaserScene} scene
   * @param {LoadedAssets} assets
   */
  constructor(scene, assets) {
    this.#scene = scene;
    this.#assets = assets;
    const { textures } = scene;
    for (const [name, image] of assets.images) textures.addImage(TEXTURE_PREFIX + name, image);
    for (const [name, { image, data }] of assets.atlases) textures.addAtlas(TEXTURE_PREFIX + name, image, data);
  }

  /**
   * @param {number} ratio device pixels of one pixel of the picture; texts are drawn that finely
   */
  sharpen(ratio) {
    this.#sharpness = ratio;
    for (const painted of this.#painted.values()) {
      if (painted.kind === "text") /** @type {import("phaser").GameObjects.Text} */ (painted.object).setResolution(ratio);
    }
  }

  /**
   * Make the canvas's objects those of a picture.
   *
   * @param {{key: string, shape: Shape}[]} things in drawing order
   */
  paint(things) {
    const gone = new Map(this.#painted);
    things.forEach(({ key, shape }, order) => {
      gone.delete(key);
      const painted = this.#objectFor(key, shape);
      if (painted.shape !== shape) this.#change(painted, shape);
      if (painted.object.depth !== order) painted.object.setDepth(order);
    });
    for (const [key, { object }] of gone) {
      object.destroy();
      this.#painted.delete(key);
    }
    if (this.#grown.size > 0) this.#trimTints();
  }

  #trimTints() {
    /** @type {Set<string>} */
    const drawn = new Set();
    for (const { object } of this.#painted.values()) if ("texture" in object) drawn.add(object.texture.key);
    for (const tints of this.#grown) tints.trim(drawn);
    this.#grown.clear();
  }

  /**
   * @param {string} key
   * @param {Shape} shape
   * @returns {Painted}
   */
  #objectFor(key, { shape }) {
    const kind = kindOf(shape);
    const present = this.#painted.get(key);
    if (present?.kind === kind) return present;
    present?.object.destroy();
    const painted = { object: this.#make(kind), kind, shape: null, style: "" };
    this.#painted.set(key, painted);
    return painted;
  }

  /**
   * @param {string} kind
   * @returns {Drawn}
   */
  #make(kind) {
    const { add } = this.#scene;
    if (kind === "path") return add.graphics();
    if (kind === "image") return add.image(0, 0, "__DEFAULT");
    return add.text(0, 0, "", {}).setResolution(this.#sharpness);
  }

  /**
   * @param {Painted} painted
   * @param {Shape} shape
   */
  #change(painted, shape) {
    const { object } = painted;
    object.setPosition(shape.x ?? 0, shape.y ?? 0);
    object.setRotation((shape.rotation ?? 0) * RADIANS);
    object.setAlpha(shape.alpha ?? 1);
    if (painted.kind === "path") drawPath(/** @type {import("phaser").GameObjects.Graphics} */ (object), shape);
    else if (painted.kind === "text") this.#changeText(painted, shape);
    else this.#changeImage(/** @type {import("phaser").GameObjects.Image} */ (object), shape);
    painted.shape = shape;
  }

  /**
   * @param {Painted} painted
   * @param {Shape} shape
   */
  #changeText(painted, { text, size = 16, font = "sans-serif", bold = false, align = "left", anchor = [0, 0], ...shape }) {
    const object = /** @type {import("phaser").GameObjects.Text} */ (painted.object);
    const style = {
      fontFamily: font,
      fontSize: `${size}px`,
      fontStyle: bold ? "bold" : "normal",
      align,
      color: shape.fill,
      stroke: shape.stroke ?? shape.fill,
      strokeThickness: shape.stroke ? (shape.stroke_width ?? 1) : 0,
    };
    const described = JSON.stringify(style);
    // Each of these draws the text anew, which costs as much as all else in a picture.
    if (described !== painted.style) object.setStyle({ ...style, resolution: this.#sharpness });
    painted.style = described;
    if (object.text !== text) object.setText(text);
    object.setOrigin(anchor[0], anchor[1]);
  }

  /**
   * @param {import("phaser").GameObjects.Image} object
   * @param {Shape} shape
   */
  #changeImage(object, { name, frame, tint, width, height, anchor = [0, 0], flip_x: flipX = false, flip_y: flipY = false }) {
    const texture = this.#texture(name, frame, tint);
    if (tint) object.setTexture(texture);
    else object.setTexture(texture, frame);
    object.setDisplaySize(width ?? object.frame.realWidth, height ?? object.frame.realHeight);
    object.setOrigin(anchor[0], anchor[1]);
    object.setFlip(flipX, flipY);
  }

  /**
   * @param {string} name
   * @param {string | undefined} frame
   * @param {string | undefined} tint
   * @returns {string} the texture's key
   */
  #texture(name, frame, tint) {
    const { textures } = this.#scene;
    const key = TEXTURE_PREFIX + name;
    if (!textures.exists(key)) {
      const known = [...this.#assets.images.keys(), ...this.#assets.atlases.keys()].join(", ") || "none";
      throw new Error(`The environment drew the image “${name}”, which is not among the assets (${known}).`);
    }
    const texture = textures.get(key);
    if (frame !== undefined && !texture.has(frame)) {
      throw new Error(`The environment drew the frame “${frame}” of “${name}”, which has only ${texture.getFrameNames().join(", ") || "one"}.`);
    }
    if (!tint) return key;
    return this.#tinted(`${key}#${frame ?? ""}`, texture.get(frame), tint);
  }

  /**
   * @param {string} of the picture's key
   * @param {import("phaser").Textures.Frame} frame
   * @param {string} tint
   * @returns {string} the key of a tinted copy
   */
  #tinted(of, frame, tint) {
    const { textures } = this.#scene;
    const tints = this.#tints.get(of) ?? new Recent(TINTS, (/** @type {string} */ key) => void textures.remove(key));
    this.#tints.set(of, tints);
    return tints.use(of + tint, () => {
      this.#tint(frame, tint, of + tint);
      this.#grown.add(tints);
      return of + tint;
    });
  }

  /**
   * Make a tinted copy of a picture, multiplied by the colour: Phaser tints only through WebGL.
   *
   * @param {import("phaser").Textures.Frame} frame
   * @param {string} tint
   * @param {string} key
   */
  #tint(frame, tint, key) {
    const { realWidth, realHeight, cutX, cutY, cutWidth, cutHeight, x, y } = frame;
    const canvas = this.#scene.textures.createCanvas(key, realWidth, realHeight);
    if (!canvas) throw new Error("This browser gives the page no canvas to draw on.");
    const source = /** @type {CanvasImageSource} */ (frame.source.image);
    const draw = () => canvas.context.drawImage(source, cutX, cutY, cutWidth, cutHeight, x, y, cutWidth, cutHeight);
    draw();
    canvas.context.globalCompositeOperation = "multiply";
    canvas.context.fillStyle = `#${colorNumber(tint).toString(16).padStart(6, "0")}`;
    canvas.context.fillRect(0, 0, realWidth, realHeight);
    canvas.context.globalCompositeOperation = "destination-in";
    draw();
    canvas.refresh();
  }
}
