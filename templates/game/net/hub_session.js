// A session as this page's seat has it: the mesh to the other seats, and what is asked of the hub about it.
import { HubRefusal, HubSilent } from "./hub_client.js";
import { Mesh } from "./mesh.js";
import { Signals } from "./signals.js";

/** @typedef {import("./hub_client.js").HubClient} HubClient */

/**
 * What the hub tells of a session.
 *
 * @typedef {{session: string, seat: number, seats: number, tag: number, seed: number, token: string, ice: RTCConfiguration, hub_relay: boolean}} Seat
 */

/** The probe must end before the hub's own time for it, 15 s. */
const PROBE_MS = 10_000;
/** Longer than it takes to have the hub in place of a path that dies with the game's last words on it. */
const LAST_WORDS_MS = 10_000;
const LOOK_MS = 100;

export class HubSession {
  #hub;
  #place;
  #signals;
  #now;
  /** The hub carries packets where there is no path. */
  #mayRelay = false;
  /** Every channel was tried. */
  #ready = false;
  #closed = false;

  /**
   * @param {object} options
   * @param {HubClient} options.hub
   * @param {Pick<Seat, "session" | "seat" | "seats" | "ice">} options.place
   * @param {() => number} options.now ms
   * @param {typeof RTCPeerConnection} [options.Connection] absent in a browser without it
   * @param {import("./network_lab.js").NetworkLab} [options.lab] in a build for development
   */
  constructor({ hub, place, now, Connection, lab }) {
    this.#hub = hub;
    this.#place = place;
    this.#now = now;
    this.#signals = new Signals({
      post: (to, seq, data) => void this.ask("signal", { to, seq, data }),
      acknowledge: (to, seq) => void this.ask("signal_ack", { to, seq }),
      now,
    });
    this.mesh = new Mesh({
      ...place,
      signals: this.#signals,
      edges: {
        input: (to, bytes) => hub.input(to, bytes),
        askRelay: (to) => void this.#relay(to),
        mayRelay: () => this.#mayRelay,
        freshIce: async () => (await this.ask("ice"))?.ice ?? null,
        now,
        Connection,
        lab,
      },
    });
  }

  /** @returns {string} */
  get id() {
    return this.#place.session;
  }

  /** The players were told. @param {Seat} seat */
  matched(seat) {
    this.#mayRelay = seat.hub_relay;
  }

  /**
   * @param {string} event
   * @param {object} [more] than the session
   * @returns {Promise<any>} the answer; null: there is none, or the hub says no
   */
  async ask(event, more = {}) {
    try {
      return await this.#hub.ask(event, { session: this.id, ...more });
    } catch (error) {
      // What a lost connection lost is said again by `rejoined`; a refusal is followed by what the hub does instead.
      if (error instanceof HubSilent || error instanceof HubRefusal) return null;
      throw error;
    }
  }

  /** Measure the round trip to everybody. */
  async probe() {
    const { mesh } = this;
    await Promise.all(
      mesh.others.map(async (peer) => {
        const measured = await mesh.tried(peer, PROBE_MS, true);
        if (!this.#closed) await this.ask("probe_result", { peer, median_ms: measured ? mesh.rtt(peer) : null });
      }),
    );
  }

  /** Try every channel there and back; where there is no path, the hub is one. @param {number} ms given to a direct one */
  async validate(ms) {
    const { mesh } = this;
    await Promise.all(
      mesh.others.map(async (peer) => {
        if ((await mesh.tried(peer, ms)) || this.#closed || mesh.viaHub.includes(peer)) return;
        if (this.#mayRelay) await this.#relay(peer);
        else await this.ask("fail", { reason: "no_path", peer });
      }),
    );
    if (this.#closed) return;
    this.#ready = true;
    await this.ask("ready");
  }

  /** People play. @param {[number, number][]} viaHub pairs that the hub carries */
  play(viaHub) {
    for (const pair of viaHub) this.#relayed(pair);
    this.mesh.watch();
  }

  /**
   * The page has its seat again, on a new connection.
   *
   * @param {{via_hub: [number, number][], online: number[]}} answer
   * @param {"playing" | "validating"} phase
   */
  async rejoined({ via_hub: viaHub, online }, phase) {
    const { mesh } = this;
    const here = mesh.viaHub;
    for (const pair of viaHub) this.#relayed(pair);
    const known = new Set(viaHub.map((pair) => pair.join()));
    const { seat } = this.#place;
    for (const peer of here) if (!known.has([seat, peer].toSorted((a, b) => a - b).join())) await this.#relay(peer);
    if (this.#ready && phase === "validating") await this.ask("ready");
    for (const peer of mesh.others) mesh.online(peer, online.includes(peer));
    this.#signals.repeat(true);
  }

  /**
   * Be done with it, once the others have heard what they need to end as well.
   *
   * @param {string} reason `a-z` and `_`
   */
  async finish(reason) {
    const until = this.#now() + LAST_WORDS_MS;
    while (!this.#closed && this.#now() < until && !(this.mesh.isHeard && this.#signals.isHeard)) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
    this.mesh.rest();
    await this.ask("finish", { reason });
  }

  /** The page has lost its connection to the hub. */
  offline() {
    for (const peer of this.mesh.others) this.mesh.online(peer, false);
  }

  /** Say again what nobody acknowledged; to be called now and then. */
  repeat() {
    this.#signals.repeat();
  }

  /**
   * @param {string} event that the hub says of this session
   * @param {any} data
   */
  hear(event, data) {
    if (event === "relayed") this.#relayed(data.pair);
    else if (event === "peer_offline" || event === "peer_online") this.mesh.online(data.seat, event === "peer_online");
    else if (event === "signal") this.#signals.hear(data.from, data.seq, data.data);
    else if (event === "signal_ack") this.#signals.acknowledged(data.from, data.seq);
  }

  close() {
    this.#closed = true;
    this.mesh.close();
  }

  /** Have the hub carry the packets to a seat. @param {number} peer */
  async #relay(peer) {
    if (await this.ask("relay", { peer })) this.mesh.relay(peer);
  }

  /** @param {[number, number]} pair */
  #relayed([a, b]) {
    const { seat } = this.#place;
    if (a === seat) this.mesh.relay(b);
    if (b === seat) this.mesh.relay(a);
  }
}
