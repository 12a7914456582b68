// Column: what the page shows of one player around the frame.
import { el, write } from "./dom.js";
import { PlayerGraphs } from "./player_graphs.js";

/** @typedef {import("./player.js").Player} Player */

const FACTS = /** @type {const} */ (["Step", "Settled", "Rollbacks", "Stalls", "Replayed"]);

export class Column {
  #player;
  #name = el("h2");
  #phase = el("span", { className: "phase" });
  #keys = el("button", { type: "button", className: "small", textContent: "Random keys", title: "Presses keys of the game at random, as another person would" });
  #facts = new Map(FACTS.map((name) => [name, el("dd")]));
  #graphs = new PlayerGraphs();

  /** @param {Player} player */
  constructor(player) {
    this.#player = player;
    const swatch = el("span", { className: `swatch player-${player.number}` });
    this.#keys.setAttribute("aria-pressed", "false");
    this.#keys.addEventListener("click", () => this.#toggleKeys());
    const head = el("div", { className: "head" }, swatch, this.#name, this.#phase, this.#keys);
    const facts = el("dl", { className: "facts" }, ...FACTS.map((name) => el("div", {}, el("dt", { textContent: name }), /** @type {HTMLElement} */ (this.#facts.get(name)))));
    this.element = el("article", { className: "player" }, head, player.frame, facts, this.#graphs.element);
    head.addEventListener("click", ({ target }) => target !== this.#keys && player.focus());
  }

  /** @param {number} now @param {import("./graph.js").Palette} palette */
  update(now, palette) {
    const { name, number, phase, peers, focused } = this.#player;
    write(this.#name, this.#player.role ? `${number + 1} · ${name}` : name);
    write(this.#phase, phase);
    this.#phase.dataset.phase = phase;
    this.element.classList.toggle("focused", focused);
    const stats = /** @type {import("../game/rollback/stats.js").Stats | undefined} */ (peers?.stats);
    const values = [peers?.stepNum, peers?.settled, stats?.rollbacks, stats?.stalls, stats?.replayed];
    FACTS.forEach((fact, i) => write(/** @type {HTMLElement} */ (this.#facts.get(fact)), values[i] === undefined ? "–" : String(values[i])));
    this.#graphs.draw(now, palette, this.#player.ticks.recent(now), this.#player.trips.recent(now));
  }

  #toggleKeys() {
    const { randomKeys } = this.#player;
    if (randomKeys.running) randomKeys.stop();
    else randomKeys.start();
    this.#keys.setAttribute("aria-pressed", String(randomKeys.running));
  }
}
