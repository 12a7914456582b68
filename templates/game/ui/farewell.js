// The farewell: what stands below the words of the last page. Whether all was handed in, the code, and the way on.
import { givenAfter } from "../completion.js";
import { button, el } from "./dom.js";

/** @typedef {import("../net/handing.js").HandingState} HandingState */

/** @type {Record<HandingState, string>} */
const WORDS = {
  done: "What you did was handed in.",
  pending: "Handing in what you did. Please keep this page open.",
  late: "What you did could not be handed in so far. Please keep this page open, which goes on trying; or save it as a file, for whoever gave you the link.",
  unserved: "There is no server that takes what you did. Please save it as a file, and give that to whoever gave you the link.",
  refused: "What you did could not be handed in. Please save it as a file, and give that to whoever gave you the link.",
};

/** The file holds all that the browser could not hand in, of everybody who sat here. */
const SHARED = "The file also holds whatever else of this study waits in this browser, of other people too if they took part here.";

/** @returns {HTMLElement} one whose changes screen readers tell, as long as it stays the same element */
function status() {
  const element = el("div");
  element.setAttribute("role", "status");
  return element;
}

/**
 * @param {HTMLElement} element a status, which is told anew with each change: what says the same stays
 * @param {...HTMLElement} children
 */
function say(element, ...children) {
  if (element.textContent !== children.map(({ textContent }) => textContent).join("")) element.replaceChildren(...children);
}

export class Farewell {
  #words = status();
  #file = el("div");
  #code = status();
  #onward = el("div");
  element = el("div", "farewell", this.#words, this.#file, this.#code, this.#onward);
  /** What was played is wanted as a file. */
  onSave = () => {};
  #completion;
  #who;
  #go;
  /** Null: there is nothing to hand in. @type {HandingState | null} */
  #handing = null;
  /** @type {string | null} */
  #reason = null;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #clock;

  /**
   * @param {import("../site_config.js").CompletionConfig | undefined} completion
   * @param {{session: Readonly<import("../session_record.js").Session>, participant: string}} who
   * @param {(url: string) => void} [go] leaves the page
   */
  constructor(completion, who, go = (url) => location.assign(url)) {
    this.#completion = completion;
    this.#who = who;
    this.#go = go;
  }

  /** @param {HandingState} state */
  handing(state) {
    if (state === this.#handing) return;
    this.#handing = state;
    this.#show();
  }

  /** @param {string} reason why the session is over */
  over(reason) {
    this.#reason = reason;
    this.#show();
  }

  #show() {
    if (this.#reason === null) return;
    const state = this.#handing;
    const safe = state === null || state === "done";
    const file = safe || state === "pending" ? [] : [button("Save it as a file", () => this.onSave()), el("p", "quiet small", SHARED)];
    const { code = null, url = null, countdown = null } = (state === "pending" ? null : givenAfter(this.#completion, this.#who, this.#reason)) ?? {};
    clearInterval(this.#clock);
    say(this.#words, ...(state === null ? [] : [el("p", "quiet small", WORDS[state])]));
    this.#file.replaceChildren(...file);
    say(this.#code, ...(code === null ? [] : [el("p", null, "Your completion code"), el("p", "code", code)]));
    this.#onward.replaceChildren(...(url === null ? [] : this.#way(url, safe ? countdown : null)));
  }

  /**
   * @param {string} url
   * @param {number | null} countdown seconds until the page goes there by itself; null: never
   * @returns {HTMLElement[]}
   */
  #way(url, countdown) {
    const link = el("a", "button", "Go on");
    link.href = url;
    if (countdown === null) return [link];
    const words = el("p", "quiet");
    let left = countdown;
    const tick = () => {
      words.textContent = left > 0 ? `You go on to ${link.host} in ${left} s` : `You go on to ${link.host}`;
      if (left === 0) {
        clearInterval(this.#clock);
        this.#go(url);
      }
      left -= 1;
    };
    this.#clock = setInterval(tick, 1000);
    tick();
    return [words, link];
  }
}
