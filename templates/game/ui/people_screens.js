// The screens of a game of several people: waiting room, connecting, the count before the game, and who is away.
import { GameHalted } from "../multiplayer/halting.js";
import { TogetherNoMore } from "../net/endings.js";
import { byId, el } from "./dom.js";
import { ownControls } from "./key_names.js";
import { endingPanel, readyPanel, waitingPanel, waitingRoomPanel } from "./people_panels.js";
import { Screens } from "./screens.js";

/** Seconds counted down once everybody is there. */
const COUNT = 3;

export class PeopleScreens extends Screens {
  #site;
  #notice = el("p", "notice");
  #passing = "";
  #lasting = "";
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #clock;
  #others = 1;
  #isOver = false;
  /** Seats whose page went because its player was away for too long. @type {Set<number>} */
  away = new Set();
  /** Whom this page plays, once that is known. @type {import("../site_config.js").AgentId | null} */
  me = null;
  /** Waits, also while the page is hidden. @type {(ms: number) => Promise<void>} */
  sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

  /**
   * @param {import("../site_config.js").SiteConfig} site
   * @param {() => void} again begins another session
   */
  constructor(site, again) {
    super(site, again);
    this.#site = site;
    this.#others = (site.players.humans?.length ?? 2) - 1;
    this.#notice.hidden = true;
    this.#notice.setAttribute("role", "status");
    byId("hud").after(this.#notice);
  }

  /**
   * Show what is played, before anybody is looked for.
   *
   * @param {import("./screens.js").Session} session
   */
  welcome(session) {
    this.enter("start");
    return super.start(session);
  }

  /** @param {{waiting: number, needed: number, until: number}} room `until`: ms of performance.now() */
  waitingRoom({ waiting, needed, until }) {
    this.enter("waiting");
    const panel = waitingRoomPanel(this.#site.experiment.title, { waiting: Math.min(waiting, needed), needed });
    const tell = () => panel.update(Math.max(0, Math.ceil((until - performance.now()) / 1000)));
    tell();
    this.#show(panel);
    this.#clock = setInterval(tell, 500);
  }

  connecting() {
    this.enter("waiting");
    this.#show(waitingPanel(this.#others === 1 ? "Another player is here" : "The other players are here", "Connecting"));
  }

  /**
   * Everybody is there: count down.
   *
   * @override
   */
  async start() {
    const own = this.me === null ? null : ownControls(this.#site.controls, this.me, this.#site.players.humans ?? []);
    for (let left = COUNT; left > 0 && !this.#isOver; left--) {
      this.#show(readyPanel(left, own));
      await this.sleep(1000);
    }
  }

  /** @param {string} text whom this page waits for @param {string} more */
  waiting(text, more) {
    this.#show(waitingPanel(text, more));
  }

  /** @param {string} text a line beside the picture; empty: none */
  notice(text) {
    this.#passing = text;
    this.#note();
  }

  /** @param {string} text what is so for the whole game, while there is nothing else to say */
  lasting(text) {
    this.#lasting = text;
    this.#note();
  }

  #note() {
    this.#notice.textContent = this.#passing || this.#lasting;
    this.#notice.hidden = this.#notice.textContent === "";
  }

  /** @override */
  playing() {
    clearInterval(this.#clock);
    super.playing();
  }

  /**
   * @override
   * @param {import("./screens.js").Session} session
   */
  end(session) {
    this.lasting("");
    this.notice("");
    super.end(session);
  }

  /**
   * @override
   * @param {unknown} error anything thrown
   */
  error(error) {
    this.#isOver = true;
    clearInterval(this.#clock);
    this.lasting("");
    this.notice("");
    const ending = this.#endingOf(error);
    if (ending) this._over(endingPanel(ending, () => location.reload()), ending.reason);
    else super.error(error, error instanceof GameHalted ? "halted" : "failed");
  }

  /** @override @param {unknown} error */
  isFailure(error) {
    return !this.#endingOf(error);
  }

  /** @param {unknown} error @returns {import("./people_panels.js").Ending | null} null: it is a failure */
  #endingOf(error) {
    const { messages } = this.#site.people ?? {};
    if (error instanceof TogetherNoMore) return { reason: error.reason, message: error.message };
    if (!(error instanceof GameHalted && error.reason === "partner_left" && messages)) return null;
    if (error.player !== null && this.away.has(error.player)) return { reason: "partner_focus_timeout", message: messages.partnerFocusTimeout };
    return { reason: "partner_left", message: messages.partnerLeft };
  }

  /** @param {import("./panels.js").Panel} panel */
  #show(panel) {
    clearInterval(this.#clock);
    this._show(panel);
  }
}
