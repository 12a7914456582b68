// The screens: which panel stands in front of the picture in each phase, and waiting for a key or a click.
import { goesOn } from "../input/keyboard.js";
import { byId, el } from "./dom.js";
import { describeFailure } from "./failure.js";
import { countdownPanel, endPanel, errorPanel, loadingPanel, pausePanel, refusalPanel, startPanel } from "./panels.js";

/** @typedef {import("../session_record.js").Session} Session */
/** @typedef {import("../site_config.js").SiteConfig} SiteConfig */
/** @typedef {import("./panels.js").Panel} Panel */

/**
 * What a game shows. `Screens` is the one of the page.
 *
 * @typedef {Pick<Screens, "enter" | "loading" | "hud" | "start" | "countdown" | "playing" | "pause" | "end" | "error">} GameScreens
 */

/** The page's own elements around the picture. */
export class Screens {
  #site;
  #again;
  #panel = byId("panel");
  #hud = byId("hud");
  #status = byId("status");
  /** @type {((now: {fraction: number, text: string, bytes: string}) => void) | null} */
  #update = null;
  #waiting = new AbortController();
  /** Stands below the words of the last page. @type {HTMLElement | null} */
  below = null;
  /** The session is over, or nothing came of it. @type {(reason: string) => void} */
  onOver = () => {};

  /**
   * @param {SiteConfig} site
   * @param {() => void} again begins another session
   */
  constructor(site, again) {
    this.#site = site;
    this.#again = again;
  }

  /** @param {import("../game_parts.js").Phase | "refused"} phase for the style sheet */
  enter(phase) {
    document.documentElement.dataset.phase = phase;
  }

  /** Show that loading began. */
  loading() {
    const panel = loadingPanel(this.#site.experiment.title);
    this._show(panel);
    this.#update = panel.update;
  }

  /** @param {{fraction: number, text: string, bytes: string}} now how far loading is */
  progress(now) {
    this.#update?.(now);
  }

  /** @param {string} text above the picture; may have several lines */
  hud(text) {
    if (this.#hud.textContent !== text) this.#hud.textContent = text;
    this.#hud.hidden = text === "";
  }

  /**
   * @param {Session} session
   * @returns {Promise<void>} settled by a key or a click
   */
  start(session) {
    const touch = matchMedia("(hover: none) and (pointer: coarse)").matches;
    return this.#wait((go) => startPanel(this.#site, session, go, touch));
  }

  /** @param {{episode: number, episodes: number, score: number, left: number}} now */
  countdown(now) {
    this._show(countdownPanel(now));
  }

  /** Take the panel away. */
  playing() {
    this.#waiting.abort();
    this.#update = null;
    this.#panel.replaceChildren();
    this.#panel.hidden = true;
    this.#status.textContent = "Playing";
  }

  /** @returns {Promise<void>} settled by a key or a click */
  pause() {
    return this.#wait(pausePanel);
  }

  /** @param {Session} session */
  end(session) {
    // Who has what they came for is not asked to begin anew.
    this._over(endPanel(this.#site, session, this.#site.completion ? null : this.#again), "completed");
  }

  /**
   * @param {unknown} _error anything thrown
   * @returns {boolean} whether something went wrong, and not just came to an end
   */
  isFailure(_error) {
    return true;
  }

  /**
   * @param {unknown} error anything thrown
   * @param {string} [reason] that it is for the session's end
   */
  error(error, reason = "failed") {
    this._over(errorPanel(describeFailure(error), () => location.reload()), reason);
  }

  /** @param {Panel} panel the last one @param {string} reason why the session is over */
  _over(panel, reason) {
    this._show({ ...panel, content: [...panel.content, ...(this.below ? [this.below] : [])] });
    this.onOver(reason);
  }

  /** @param {readonly string[]} problems with the page's address */
  refuse(problems) {
    this.enter("refused");
    this._show(refusalPanel(problems));
  }

  /** @param {Panel} panel */
  _show({ content, status, focus }) {
    this.#waiting.abort();
    this.#update = null;
    this.#panel.replaceChildren(el("div", "card", ...content));
    this.#panel.hidden = false;
    this.#status.textContent = status;
    focus?.focus({ preventScroll: true });
  }

  /**
   * Show a panel until a key or a click anywhere; a panel that takes its place ends the wait without an answer.
   *
   * @param {(go: () => void) => Panel} make
   * @returns {Promise<void>}
   */
  #wait(make) {
    return new Promise((resolve) => {
      const panel = make(() => resolve());
      this._show(panel);
      this.#waiting = new AbortController();
      const { signal } = this.#waiting;
      window.addEventListener("keydown", (event) => void (goesOn(event) && (event.preventDefault(), resolve())), { signal });
      if (!panel.byKey) this.#panel.addEventListener("click", () => resolve(), { signal });
    });
  }
}
