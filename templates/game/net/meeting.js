// The meeting: from the waiting room to checked channels, and what the hub says while the game goes on.
import { refusalEnding, TogetherNoMore } from "./endings.js";
import { HubRefusal, HubSilent } from "./hub_client.js";
import { Mesh } from "./mesh.js";
import { Signals } from "./signals.js";

/** @typedef {import("./hub_client.js").HubClient} HubClient */
/** @typedef {import("../multiplayer/multiplayer_parts.js").Match} Match */

/**
 * What the hub tells of a session.
 *
 * @typedef {{session: string, seat: number, seats: number, tag: number, seed: number, token: string, ice: RTCConfiguration, hub_relay: boolean}} Seat
 */

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
 * @property {typeof RTCPeerConnection} [Connection]
 * @property {import("./network_lab.js").NetworkLab} [lab] in a build for development
 */

/** How long the server may be out of reach before one who waits is told so, in ms. */
const UNREACHABLE_MS = 15_000;
const REPEAT_CHECK_MS = 500;
/** The probe must end before the hub's own time for it, 15 s. */
const PROBE_MS = 10_000;

export class Meeting {
  #options;
  #hub;
  /** @type {"nowhere" | "waiting" | "probing" | "matched" | "validating" | "playing" | "over"} */
  #state = "nowhere";
  #waitToken = "";
  /** @type {Seat | null} */
  #seat = null;
  /** Of the session that is prepared or played. */
  #session = "";
  /** @type {Mesh | null} */
  #mesh = null;
  /** @type {Signals | null} */
  #signals = null;
  #ready = false;
  #room = { waiting: 1, needed: 2, until: 0 };
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #patience;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #repeating;
  /** @type {(match: Match) => void} */
  #resolve = () => {};
  /** @type {(error: unknown) => void} */
  #reject = () => {};
  /** The path to a seat is lost, or there again. @type {(seat: number, lost: boolean) => void} */
  onPath = () => {};
  /** A page said why it goes. @type {(seat: number, reason: string) => void} */
  onBye = () => {};

  /** @param {MeetingOptions} options */
  constructor(options) {
    this.#options = options;
    this.#hub = options.hub;
    const { hub } = options;
    const heard = /** @type {const} */ (["waiting", "probe", "matched", "validating", "playing", "unmatched", "ended", "relayed"]);
    for (const event of heard) hub.on(event, (data) => void this.#hear(event, data));
    hub.on("wait_ended", () => this.#end(new TogetherNoMore("nobody_came", options.people.messages.waitTimeout)));
    hub.on("signal", ({ session, from, seq, data }) => session === this.#session && this.#signals?.hear(from, seq, data));
    hub.on("signal_ack", ({ session, from, seq }) => session === this.#session && this.#signals?.acknowledged(from, seq));
    hub.on("input", (from, bytes) => this.#mesh?.hearInput(from, new Uint8Array(bytes)));
    hub.on("connect", () => void this.#enter());
    hub.on("disconnect", () => this.#beImpatient());
    this.#repeating = setInterval(() => this.#hub.connected && this.#signals?.repeat(), REPEAT_CHECK_MS);
    this.#beImpatient();
  }

  /** @returns {Mesh | null} */
  get mesh() {
    return this.#mesh;
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
   * The page is done with the session.
   *
   * @param {string} reason `a-z` and `_`
   */
  async finish(reason) {
    if (this.#state === "playing") await this.#ask("finish", { session: this.#session, reason });
    this.#state = "over";
  }

  /** The page goes away: say so while there is time. */
  leave() {
    this.#state = "over";
    this.#hub.say("leave", {});
    clearInterval(this.#repeating);
    clearTimeout(this.#patience);
    this.#mesh?.close();
    this.#hub.close();
  }

  // WITH THE HUB

  /** Join, or take the place again that a lost connection cost. */
  async #enter() {
    clearTimeout(this.#patience);
    try {
      if (this.#state === "waiting" || this.#state === "probing") await this.#join();
      else if (this.#state === "matched" || this.#state === "validating" || this.#state === "playing") await this.#rejoin();
    } catch (error) {
      if (!(error instanceof HubRefusal)) return void this.#beImpatient();
      if (this.#state !== "playing") this.#end(refusalEnding(error.code));
    }
  }

  async #join() {
    const { who, now } = this.#options;
    this.#part();
    this.#state = "waiting";
    const answer = await this.#hub.ask("join", { ...who, ...(this.#waitToken && { token: this.#waitToken }) }).catch((error) => {
      // The hub's secret is another one since: begin anew.
      if (!(error instanceof HubRefusal) || error.code !== "bad_token" || !this.#waitToken) throw error;
      this.#waitToken = "";
      return this.#hub.ask("join", who);
    });
    this.#waitToken = answer.token;
    this.#showRoom({ waiting: answer.waiting, needed: answer.needed, until: now() + answer.timeout_ms });
  }

  async #rejoin() {
    const seat = /** @type {Seat} */ (this.#seat);
    const phase = this.#state === "playing" ? "playing" : "validating";
    try {
      const { via_hub: viaHub } = await this.#hub.ask("rejoin", { token: seat.token, phase });
      const known = new Set(viaHub.map((/** @type {number[]} */ pair) => pair.join()));
      for (const peer of this.#mesh?.viaHub ?? []) {
        if (!known.has([seat.seat, peer].toSorted((a, b) => a - b).join())) await this.#ask("relay", { session: this.#session, peer });
      }
      if (this.#ready && phase === "validating") await this.#ask("ready", { session: this.#session });
      this.#signals?.repeat(true);
    } catch (error) {
      // A game under way needs no hub; one that is not yet has to find another.
      if (!(error instanceof HubRefusal)) throw error;
      if (phase === "validating") await this.#join();
    }
  }

  /** @param {string} event @param {object} message */
  async #ask(event, message) {
    try {
      return await this.#hub.ask(event, message);
    } catch (error) {
      // What a lost connection lost is said again by `#rejoin`; a refusal is followed by what the hub does instead.
      if (error instanceof HubSilent || error instanceof HubRefusal) return null;
      throw error;
    }
  }

  /** @param {string} event @param {any} data */
  async #hear(event, data) {
    if (this.#state === "over" || this.#state === "nowhere") return;
    if (event === "waiting") {
      if (this.#state === "waiting") this.#showRoom({ ...this.#room, ...data });
    } else if (event === "probe") await this.#probe(data);
    else if (event === "matched") {
      this.#seat = data;
      this.#open(data);
      this.#state = "matched";
      this.#options.screens.connecting();
      await this.#ask("accept", { session: data.session });
    } else if (data.session !== this.#session) return;
    else if (event === "validating") await this.#validate();
    else if (event === "playing") this.#play(data.via_hub);
    else if (event === "relayed") {
      const { seat } = /** @type {Seat} */ (this.#seat);
      this.#relay(data.pair, seat);
    } else if (event === "unmatched") {
      this.#part();
      this.#state = "waiting";
      this.#showRoom({ ...this.#room, waiting: 1, until: this.#options.now() + data.timeout_ms });
    } else if (event === "ended" && this.#state !== "playing") {
      this.#part();
      this.#end(new TogetherNoMore("partner_left", this.#options.people.messages.partnerLeft));
    }
  }

  // WITH THE OTHERS

  /** Connect to the others, unless it is done. @param {Pick<Seat, "session" | "seat" | "seats" | "ice">} place */
  #open({ session, seat, seats, ice }) {
    if (session === this.#session && this.#mesh) return this.#mesh;
    this.#part();
    this.#session = session;
    const { now, Connection, lab } = this.#options;
    this.#signals = new Signals({
      post: (to, seq, data) => void this.#ask("signal", { session, to, seq, data }),
      acknowledge: (to, seq) => void this.#ask("signal_ack", { session, to, seq }),
      now,
    });
    const edges = {
      input: (/** @type {number} */ to, /** @type {Uint8Array} */ bytes) => this.#hub.input(to, bytes),
      freshIce: async () => (await this.#ask("ice", { session }))?.ice ?? null,
      now,
      Connection,
      lab,
    };
    this.#mesh = new Mesh({ seat, seats, ice, signals: this.#signals, edges });
    this.#mesh.onPath = (other, lost) => this.onPath(other, lost);
    this.#mesh.onBye = (other, reason) => this.onBye(other, reason);
    return this.#mesh;
  }

  /** Measure the round trip to everybody. @param {Seat} place */
  async #probe(place) {
    const mesh = this.#open(place);
    this.#state = "probing";
    await Promise.all(
      mesh.others.map(async (peer) => {
        const measured = await mesh.tried(peer, PROBE_MS, true);
        if (mesh === this.#mesh) await this.#ask("probe_result", { session: place.session, peer, median_ms: measured ? mesh.rtt(peer) : null });
      }),
    );
  }

  /** Try every channel there and back; where there is no path, the hub is one. */
  async #validate() {
    const mesh = this.#mesh;
    if (!mesh || this.#state === "validating") return;
    const session = this.#session;
    this.#state = "validating";
    await Promise.all(
      mesh.others.map(async (peer) => {
        if (await mesh.tried(peer, this.#options.people.connectMs)) return;
        if (mesh !== this.#mesh || mesh.viaHub.includes(peer)) return;
        if (!this.#seat?.hub_relay) await this.#ask("fail", { session, reason: "no_path" });
        else if (await this.#ask("relay", { session, peer })) mesh.relay(peer);
      }),
    );
    if (mesh !== this.#mesh) return;
    this.#ready = true;
    await this.#ask("ready", { session });
  }

  /** @param {[number, number][]} viaHub */
  #play(viaHub) {
    const { seat, tag, seed } = /** @type {Seat} */ (this.#seat);
    const mesh = /** @type {Mesh} */ (this.#mesh);
    for (const pair of viaHub) this.#relay(pair, seat);
    if (this.#state === "playing") return;
    this.#state = "playing";
    this.#resolve({ link: mesh.link, me: seat, tag, seed });
  }

  /** @param {[number, number]} pair @param {number} seat */
  #relay([a, b], seat) {
    if (a === seat) this.#mesh?.relay(b);
    if (b === seat) this.#mesh?.relay(a);
  }

  #part() {
    this.#mesh?.close();
    this.#mesh = this.#signals = null;
    this.#session = "";
    this.#ready = false;
  }

  // WITH THE PERSON

  /** @param {{waiting: number, needed: number, until: number}} room */
  #showRoom(room) {
    this.#room = room;
    if (this.#state === "waiting") this.#options.screens.waitingRoom(room);
  }

  /** Give the hub some time to be reached; who plays already does not need it. */
  #beImpatient() {
    clearTimeout(this.#patience);
    this.#patience = setTimeout(() => {
      if (this.#state === "playing" || this.#state === "over") return;
      if (this.#state === "nowhere") return this.#beImpatient();
      this.#end(new TogetherNoMore("unreachable", "The server through which players meet cannot be reached. Please check your internet connection, then try again."));
    }, UNREACHABLE_MS);
  }

  /** @param {TogetherNoMore} error */
  #end(error) {
    if (this.#state === "over") return;
    this.#reject(error);
    this.leave();
  }
}
