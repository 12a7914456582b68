// Player: one frame with the game in it, and what the page in it tells. Never more than a look: the page may be gone.
import { el } from "./dom.js";
import { History } from "./history.js";
import { RandomKeys } from "./random_keys.js";

/** @typedef {import("../game/inspection.js").Inspection} Inspection */
/** @typedef {import("../game/multiplayer/flight_recorder.js").FlightRecorder} FlightRecorder */
/** @typedef {import("../game/multiplayer/flight_recorder.js").TickRecord} TickRecord */
/** @typedef {import("../game/net/network_lab.js").NetworkLab} NetworkLab */
/** @typedef {Window & typeof globalThis & {igbuild?: Inspection, igbuildLab?: NetworkLab, igbuildRecorder?: FlightRecorder}} GameWindow */
/** @typedef {{agent: number | string, name: string, keys: string[]}} Role of `experiment.json` */

export class Player {
  /** @type {History<TickRecord>} */
  ticks = new History();
  /** @type {History<import("./player_graphs.js").Trips>} */
  trips = new History();
  /** As the page told it at the last look. @type {import("../game/inspection.js").PeersInspection | null} */
  peers = null;
  #roles;
  /** Whose ticks are read. @type {FlightRecorder | null} */
  #recorder = null;
  #nextTick = 0;

  /**
   * @param {number} number from 0
   * @param {string} address of the game
   * @param {readonly Role[]} roles by seat
   */
  constructor(number, address, roles) {
    this.number = number;
    this.#roles = roles;
    this.frame = el("iframe", { src: address, title: `Player ${number + 1}` });
    this.randomKeys = new RandomKeys(() => (this.phase === "playing" ? (this.role?.keys ?? []) : []), (type, key) => this.#press(type, key));
  }

  /** @returns {GameWindow | null} null: nothing of ours is in the frame */
  get page() {
    const page = /** @type {GameWindow | null} */ (this.frame.contentWindow);
    try {
      return page?.document ? page : null;
    } catch {
      return null; // the game ended with another site's page
    }
  }

  /** @returns {string} of the game, as it is now; empty while its page is fetched */
  get phase() {
    return this.page?.document.querySelector("html")?.dataset.phase ?? "";
  }

  /** @returns {boolean} whether it is still to be started */
  get awaitsStart() {
    return ["", "loading", "start"].includes(this.phase);
  }

  /** @returns {number | null} its place in the game; null before the players have met */
  get seat() {
    const seat = this.peers ? this.#roles.findIndex(({ agent }) => agent === this.peers?.me) : -1;
    return seat < 0 ? null : seat;
  }

  /** @returns {Role | null} */
  get role() {
    return this.seat === null ? null : this.#roles[this.seat];
  }

  /** @returns {string} */
  get name() {
    return this.role?.name ?? `Player ${this.number + 1}`;
  }

  /** @returns {boolean} whether keys that are pressed go to its game */
  get focused() {
    return document.activeElement === this.frame;
  }

  /**
   * Look at the page.
   *
   * @param {number} now ms since the epoch
   * @param {(agent: unknown) => number | null} playerOf which player has an agent
   */
  look(now, playerOf) {
    const page = this.page;
    const recorder = page?.igbuildRecorder ?? null;
    if (recorder !== this.#recorder) {
      [this.#recorder, this.#nextTick] = [recorder, 0];
      this.ticks.clear();
      this.trips.clear();
    }
    this.peers = page?.igbuild?.peers ?? null;
    const ticks = recorder?.since(this.#nextTick) ?? [];
    this.#nextTick = (ticks.at(-1)?.number ?? this.#nextTick - 1) + 1;
    this.ticks.push(ticks);
    const trips = (this.peers?.links ?? []).flatMap(({ agent, rtt }) => {
      const player = playerOf(agent);
      return player === null ? [] : [{ player, rtt }];
    });
    if (trips.length > 0 && this.phase === "playing") this.trips.push([{ at: now, trips }]);
  }

  /** @returns {import("../game/multiplayer/flight_recorder.js").Desync | null} */
  get desync() {
    return this.#recorder?.desync ?? null;
  }

  /** Press the start button, where there is one. */
  start() {
    if (this.phase === "start") /** @type {HTMLElement | null} */ (this.page?.document.querySelector("#panel button"))?.click();
  }

  reload() {
    this.page?.location.reload();
  }

  focus() {
    this.frame.focus();
  }

  /** @param {"keydown" | "keyup"} type @param {string} key */
  #press(type, key) {
    const page = this.page;
    page?.dispatchEvent(new page.KeyboardEvent(type, { key, code: key, bubbles: true, cancelable: true }));
  }
}
