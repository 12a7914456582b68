// Link panel: a row of controls for each direction between two players, and one for all.
import { byId, el, write } from "./dom.js";
import { CLEAN, MOST, PRESETS } from "./links.js";

/** @typedef {import("./links.js").Links} Links */
/** @typedef {import("./links.js").Quality} Quality */
/** @typedef {import("./player.js").Player} Player */

const NUMBERS = /** @type {const} */ ([
  { name: "latency", heading: "Latency", unit: "ms" },
  { name: "jitter", heading: "Jitter ±", unit: "ms" },
  { name: "loss", heading: "Loss", unit: "%" },
]);
const SWITCHES = /** @type {const} */ ([
  { name: "frozen", label: "Freeze", title: "Nothing passes until it is thawed, then all of it at once" },
  { name: "cut", label: "Cut", title: "Everything is lost, as with a cable that is pulled" },
]);

/** The controls of one row. */
class Row {
  /** @type {Map<string, HTMLInputElement[]>} */
  #inputs = new Map();
  #passed = el("td", { className: "passed" });

  /** @param {Node} label @param {string} spoken @param {(quality: Partial<Quality>) => void} shape */
  constructor(label, spoken, shape) {
    const cells = NUMBERS.map(({ name, heading, unit }) => {
      const make = (/** @type {"range" | "number"} */ type) => {
        const input = el("input", { type, min: "0", max: String(MOST[name]), step: type === "range" && name !== "loss" ? "5" : "1", ariaLabel: `${heading}, ${spoken}, ${unit}` });
        input.addEventListener("input", () => input.value !== "" && shape({ [name]: Number(input.value) }));
        return input;
      };
      const pair = [make("range"), make("number")];
      this.#inputs.set(name, pair);
      return el("td", {}, el("span", { className: "pair" }, ...pair, unit));
    });
    const switches = SWITCHES.map(({ name, label: text, title }) => {
      const input = el("input", { type: "checkbox", ariaLabel: `${text}, ${spoken}` });
      input.addEventListener("change", () => shape({ [name]: input.checked }));
      this.#inputs.set(name, [input]);
      return el("label", { className: `switch ${name}`, title }, input, text);
    });
    this.element = el("tr", {}, el("th", { scope: "row" }, label), ...cells, el("td", {}, el("span", { className: "switches" }, ...switches)), this.#passed);
  }

  /** @param {Readonly<Quality>} quality @param {string} passed */
  show(quality, passed) {
    for (const [name, inputs] of this.#inputs) {
      const value = quality[/** @type {keyof Quality} */ (name)];
      for (const input of inputs) {
        if (typeof value === "boolean") input.checked = value;
        else if (document.activeElement !== input && input.value !== String(value)) input.value = String(value);
      }
    }
    this.element.classList.toggle("bad", quality.cut || quality.frozen);
    write(this.#passed, passed);
  }
}

export class LinkPanel {
  #links;
  #players;
  #all;
  /** @type {{from: number, to: number, row: Row}[]} */
  #rows;

  /** @param {Links} links @param {readonly Player[]} players */
  constructor(links, players) {
    this.#links = links;
    this.#players = players;
    this.#all = new Row(el("span", { textContent: "All links" }), "all links", (quality) => links.pairs.forEach(({ from, to }) => links.shape(quality, from, to)));
    this.#rows = links.pairs.map(({ from, to }) => {
      const ends = [from, to].map((player) => el("span", { className: `end player-${player}`, textContent: String(player + 1) }));
      return { from, to, row: new Row(el("span", { className: "link" }, ends[0], "→", ends[1]), `${from + 1} to ${to + 1}`, (quality) => links.shape(quality, from, to)) };
    });
    const headings = ["Link", ...NUMBERS.map(({ heading }) => heading), "", "Sent · lost"].map((textContent) => el("th", { textContent, scope: "col" }));
    const body = el("tbody", {}, ...(links.pairs.length > 2 ? [this.#all.element] : []), ...this.#rows.map(({ row }) => row.element));
    byId("links").replaceChildren(el("table", {}, el("thead", {}, el("tr", {}, ...headings)), body));
    byId("presets").replaceChildren(
      ...PRESETS.map((preset) => {
        const button = el("button", { type: "button", className: "small", textContent: preset.label, title: preset.title });
        button.addEventListener("click", () => links.take(preset));
        return button;
      }),
    );
  }

  update() {
    const passed = this.#players.map(({ page }) => page?.igbuildLab?.links() ?? []);
    for (const { from, to, row } of this.#rows) {
      const seat = this.#players[to].seat;
      const counted = passed[from].find((link) => link.seat === seat)?.passed;
      row.show(this.#links.of(from, to), counted ? `${counted.sent} · ${counted.lost}` : "");
    }
    this.#all.show(this.#common(), "");
  }

  /** @returns {Quality} what all links have in common; where they differ, the first's numbers, and no switch */
  #common() {
    const all = this.#links.pairs.map(({ from, to }) => this.#links.of(from, to));
    return { ...CLEAN, ...all[0], frozen: all.every(({ frozen }) => frozen), cut: all.every(({ cut }) => cut) };
  }
}
