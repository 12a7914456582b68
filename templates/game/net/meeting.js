// The meeting: from the waiting room to checked channels, and what the hub says while the game goes on.
import { refusalEnding, TogetherNoMore, unsupportedEnding } from "./endings.js";
import { HubRefusal } from "./hub_client.js";
import { HubSession } from "./hub_session.js";

/** @typedef {import("./hub_client.js").HubClient} HubClient */
/** @typedef {import("./hub_session.js").Seat} Seat */
/** @typedef {import("../multiplayer/multiplayer_parts.js").Match} Match */

/**
 * @typedef {object} MeetingScreens
 * @property {(room: {waiting: number, needed: number, until: number}) => void} waitingRoom `until`: ms, `now`'s clock
 * @property {() => void} connecting
 * @property {(text: string) => void} notice
 */

/**
 * @typedef {object} MeetingOptions
 * @property {HubClient} hub
 * @property {{experiment: string, participant: string, site: string, attributes: Record<string, string>}} who
 * @property {import("../site_config.js").PeopleConfig} people
 * @property {MeetingScreens} screens
 * @property {() => number} now ms
 * @property {typeof RTCPeerConnection} [Connection] absent in a browser without it
 * @property {import("./network_lab.js").NetworkLab} [lab] in a build for development
 */

/** How long the server may be out of reach before one who waits is told so, in ms. */
const UNREACHABLE_MS = 15_000;
const REPEAT_CHECK_MS = 500;
/** How long others may still come to say and hear the last words: as one whose page froze at the end. */
const LINGER_MS = 30_000;
/** What the hub says of one session alone. */
const OF_SESSION = /** @type {const} */ (["signal", "signal_ack", "relayed", "peer_offline", "peer_online"]);

export class Meeting {
  #options;
  #hub;
  /** @type {"nowhere" | "waiting" | "probing" | "matched" | "validating" | "playing" | "over"} */
  #state = "nowhere";
  #waitToken = "";
  /** @type {Seat | null} */
  #seat = null;
  /** The one that is prepared or played. @type {HubSession | null} */
  #session = null;
  #room = { waiting: 1, needed: 2, until: 0 };
  /** Runs while nothing is heard of the hub. @type {ReturnType<typeof setTimeout> | undefined} */
  #patience;
  /** How often the hub was asked for a place. */
  #entries = 0;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #repeating;
  /** @type {(match: Match) => void} */
  #resolve = () => {};
  /** @type {(error: unknown) => void} */
  #reject = () => {};
  /** The path to a seat is lost, or there again. @type {(seat: number, lost: boolean) => void} */
  onPath = () => {};
  /** A seat is reached through the hub from now on, in the middle of the game. @type {(seat: number) => void} */
  onRelayed = () => {};
  /** A page said why it goes. @type {(seat: number, reason: string) => void} */
  onBye = () => {};

  /** @param {MeetingOptions} options */
  constructor(options) {
    this.#options = options;
    this.#hub = options.hub;
    const { hub } = options;
    const heard = /** @type {const} */ (["waiting", "probe", "matched", "validating", "playing", "unmatched", "ended"]);
    for (const event of heard) hub.on(event, (data) => void this.#hear(event, data));
    for (const event of OF_SESSION) hub.on(event, (data) => data.session === this.#session?.id && this.#session?.hear(event, data));
    hub.on("wait_ended", () => this.#end(new TogetherNoMore("nobody_came", options.people.messages.waitTimeout)));
    hub.on("input", (from, bytes) => this.mesh?.hearInput(from, new Uint8Array(bytes)));
    hub.on("connect", () => void this.#enter());
    hub.on("disconnect", () => {
      this.#session?.offline();
      this.#beImpatient();
    });
    this.#repeating = setInterval(() => this.#hub.connected && this.#session?.repeat(), REPEAT_CHECK_MS);
    this.#beImpatient();
  }

  /** @returns {import("./mesh.js").Mesh | null} */
  get mesh() {
    return this.#session?.mesh ?? null;
  }

  /** @returns {Seat | null} */
  get seat() {
    return this.#seat;
  }

  get state() {
    return this.#state;
  }

  /**
   * Find the others; every channel to them has been tried when this is settled.
   *
   * @returns {Promise<Match>}
   * @throws {TogetherNoMore} there is nobody to play with
   */
  meet() {
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
      this.#state = "waiting";
      this.#room.until = this.#options.now();
      if (this.#hub.connected) void this.#enter();
    });
  }

  /**
   * The page is done with the session: nothing of it is left open, once the others have had their time.
   *
   * @param {string} reason `a-z` and `_`
   */
  async finish(reason) {
    if (this.#state === "over") return;
    if (this.#state !== "playing") return this.leave();
    await this.#session?.finish(reason);
    this.#state = "over";
    await new Promise((resolve) => setTimeout(resolve, LINGER_MS));
    this.leave();
  }

  /** The page goes away: say so while there is time. */
  leave() {
    this.#state = "over";
    this.#hub.say("leave", {});
    clearInterval(this.#repeating);
    this.#reached();
    this.#session?.close();
    this.#hub.close();
  }

  // WITH THE HUB

  /** Join, or take the place again that a lost connection cost. */
  async #enter() {
    const entry = ++this.#entries;
    const joins = this.#state === "waiting" || this.#state === "probing";
    this.#beImpatient();
    try {
      if (joins) await this.#join();
      else if (this.#state === "matched" || this.#state === "validating" || this.#state === "playing") await this.#rejoin();
      this.#reached();
    } catch (error) {
      if (error instanceof HubRefusal) {
        if (this.#state !== "playing") this.#end(refusalEnding(error.code));
        return;
      }
      const isLatest = entry === this.#entries;
      const isMatched = joins && this.#state !== "waiting";
      // Asked twice on one connection, the hub refuses the second time if it has heard the first.
      if (isLatest && !isMatched && this.#hub.connected) this.#hub.reconnect();
    }
  }

  async #join() {
    const { who, now } = this.#options;
    this.#part();
    this.#state = "waiting";
    const answer = await this.#hub.ask("join", { ...who, ...(this.#waitToken && { token: this.#waitToken }) });
    this.#waitToken = answer.token;
    this.#showRoom({ waiting: answer.waiting, needed: answer.needed, until: now() + answer.timeout_ms });
  }

  async #rejoin() {
    const { token } = /** @type {Seat} */ (this.#seat);
    const phase = this.#state === "playing" ? "playing" : "validating";
    try {
      await this.#session?.rejoined(await this.#hub.ask("rejoin", { token, phase }), phase);
    } catch (error) {
      // A game under way needs no hub; one that is not yet has to find another.
      if (!(error instanceof HubRefusal)) throw error;
      if (phase === "validating") await this.#join();
    }
  }

  /** @param {string} event @param {any} data */
  async #hear(event, data) {
    if (this.#state === "over" || this.#state === "nowhere") return;
    this.#reached();
    if (event === "waiting") {
      if (this.#state === "waiting") this.#showRoom({ ...this.#room, ...data });
    } else if (this.#needsConnection(event, data)) this.#end(unsupportedEnding());
    else if (event === "probe") {
      const session = this.#open(data);
      this.#state = "probing";
      await session.probe();
    } else if (event === "matched") await this.#matched(data);
    else if (data.session !== this.#session?.id) return;
    else if (event === "validating" && this.#state !== "validating") {
      this.#state = "validating";
      await this.#session?.validate(this.#options.people.connectMs);
    } else if (event === "playing") this.#play(data.via_hub);
    else if (event === "unmatched") {
      this.#part();
      this.#state = "waiting";
      this.#showRoom({ ...this.#room, waiting: 1, until: this.#options.now() + data.timeout_ms });
    } else if (event === "ended" && this.#state !== "playing") {
      this.#part();
      this.#end(new TogetherNoMore("partner_left", this.#options.people.messages.partnerLeft));
    }
  }

  /** @param {string} event @param {any} data @returns {boolean} whether nothing but a peer connection helps, and the browser makes none */
  #needsConnection(event, data) {
    return !this.#options.Connection && (event === "probe" || (event === "matched" && !data.hub_relay));
  }

  // WITH THE OTHERS

  /** @param {Seat} seat */
  async #matched(seat) {
    this.#seat = seat;
    const session = this.#open(seat);
    session.matched(seat);
    this.#state = "matched";
    this.#options.screens.connecting();
    await session.ask("accept");
  }

  /** Connect to the others, unless it is done. @param {Pick<Seat, "session" | "seat" | "seats" | "ice">} place */
  #open(place) {
    if (this.#session?.id === place.session) return this.#session;
    this.#part();
    const { now, Connection, lab } = this.#options;
    const session = (this.#session = new HubSession({ hub: this.#hub, place, now, Connection, lab }));
    session.mesh.onPath = (other, lost) => this.onPath(other, lost);
    session.mesh.onRelayed = (other) => this.#state === "playing" && this.onRelayed(other);
    session.mesh.onBye = (other, reason) => this.onBye(other, reason);
    return session;
  }

  /** @param {[number, number][]} viaHub */
  #play(viaHub) {
    const session = /** @type {HubSession} */ (this.#session);
    session.play(viaHub);
    if (this.#state === "playing") return;
    this.#state = "playing";
    const { seat, tag, seed } = /** @type {Seat} */ (this.#seat);
    this.#resolve({ link: session.mesh.link, me: seat, tag, seed });
  }

  #part() {
    this.#session?.close();
    this.#session = null;
  }

  // WITH THE PERSON

  /** @param {{waiting: number, needed: number, until: number}} room */
  #showRoom(room) {
    this.#room = room;
    if (this.#state === "waiting") this.#options.screens.waitingRoom(room);
  }

  /** Give the hub some time to be reached; who plays already does not need it. */
  #beImpatient() {
    if (this.#state === "over") return;
    this.#patience ??= setTimeout(() => {
      this.#patience = undefined;
      if (this.#state === "playing") return;
      if (this.#state === "nowhere") return this.#beImpatient();
      this.#end(new TogetherNoMore("unreachable", "The server through which players meet cannot be reached. Please check your internet connection, then try again."));
    }, UNREACHABLE_MS);
  }

  /** The hub is there. */
  #reached() {
    clearTimeout(this.#patience);
    this.#patience = undefined;
  }

  /** @param {TogetherNoMore} error */
  #end(error) {
    if (this.#state === "over") return;
    this.#reject(error);
    this.leave();
  }
}
