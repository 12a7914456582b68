// Mesh: the connections to all other seats, and the one link that the game sees of them.
import { Peer } from "./peer.js";

/** @typedef {import("../rollback/types.js").Channel} Channel */
/** @typedef {import("./signals.js").Signals} Signals */

/** @typedef {((from: number, channel: Channel, data: any) => void) | null} Listener */

/** Input packets kept until somebody listens; each later one holds what the earlier ones did. */
const KEPT_INPUTS = 64;
const BYE = "bye";
/** A path that is gone for a moment often comes back by itself. */
const RESTART_AFTER_MS = 1500;
/** An attempt succeeds within a few seconds of the network's return, if its messages get through. */
const RESTART_EVERY_MS = 6000;
/** After which a path that was found again counts like any other. */
const SETTLE_MS = 3000;

/**
 * @typedef {object} MeshEdges
 * @property {(to: number, bytes: Uint8Array) => void} input sends a packet through the hub
 * @property {() => Promise<RTCConfiguration | null>} freshIce asks the hub for credentials; null: keep the old ones
 * @property {() => number} now
 * @property {typeof RTCPeerConnection} [Connection]
 * @property {import("./network_lab.js").NetworkLab} [lab] in a build for development
 */

export class Mesh {
  #seat;
  #edges;
  #signals;
  /** @type {Map<number, Peer>} */
  #peers = new Map();
  /** Seats that are reached through the hub. @type {Set<number>} */
  #viaHub = new Set();
  /** @type {Listener} */
  #listener = null;
  /** @type {{from: number, channel: Channel, data: any}[]} */
  #kept = [];
  /** Seats whose path is lost, and the timer of the next attempt. @type {Map<number, ReturnType<typeof setTimeout>>} */
  #lost = new Map();
  /** @type {(seat: number, lost: boolean) => void} */
  onPath = () => {};
  /** A page said why it goes. @type {(seat: number, reason: string) => void} */
  onBye = () => {};

  /**
   * @param {object} options
   * @param {number} options.seat of this page
   * @param {number} options.seats
   * @param {RTCConfiguration} options.ice
   * @param {Signals} options.signals
   * @param {MeshEdges} options.edges
   */
  constructor({ seat, seats, ice, signals, edges }) {
    this.#seat = seat;
    this.#edges = edges;
    this.#signals = signals;
    for (let other = 0; other < seats; other++) if (other !== seat) this.#peers.set(other, this.#connect(other, ice));
    signals.onSignal = (from, data) => this.#hearSignal(from, data);
  }

  /** @returns {number[]} the other seats */
  get others() {
    return [...this.#peers.keys()];
  }

  /** @returns {number[]} */
  get viaHub() {
    return [...this.#viaHub];
  }

  /**
   * What the game is given. What arrives before it listens is kept.
   *
   * @returns {import("../multiplayer/multiplayer_parts.js").Link}
   */
  get link() {
    const hear = (/** @type {Listener} */ listener) => this.#listen(listener);
    const heard = () => this.#listener;
    return {
      send: (to, channel, data) => this.#send(to, channel, data),
      get onMessage() {
        return heard();
      },
      set onMessage(listener) {
        hear(listener);
      },
    };
  }

  /**
   * @param {number} seat
   * @param {number} ms
   * @param {boolean} [measure]
   * @returns {Promise<boolean>} whether both channels to a seat were tried there and back
   */
  tried(seat, ms, measure) {
    return this.#peer(seat).tried(ms, measure);
  }

  /** @param {number} seat @returns {number | null} median round trip to a seat, in ms */
  rtt(seat) {
    return this.#peer(seat).rtt;
  }

  /** Reach a seat through the hub from now on. @param {number} seat */
  relay(seat) {
    if (this.#peers.has(seat)) this.#viaHub.add(seat);
  }

  /**
   * A packet came through the hub.
   *
   * @param {number} from
   * @param {Uint8Array} bytes
   */
  hearInput(from, bytes) {
    if (this.#viaHub.has(from)) this.#deliver(from, "inp", bytes);
  }

  /** @returns {Promise<{seat: number, path: "direct" | "relay" | "hub"}[]>} how each other seat is reached */
  paths() {
    return Promise.all(
      [...this.#peers].map(async ([seat, peer]) => {
        if (this.#viaHub.has(seat)) return { seat, path: /** @type {const} */ ("hub") };
        return { seat, path: (await peer.path().catch(() => null))?.path ?? "direct" };
      }),
    );
  }

  /** Say why this page goes; the session's own goodbye follows. @param {string} reason */
  bye(reason) {
    for (const other of this.#peers.keys()) this.#send(other, "ctl", { net: BYE, reason });
  }

  close() {
    for (const timer of this.#lost.values()) clearTimeout(timer);
    for (const peer of this.#peers.values()) peer.close();
  }

  /** @param {number} seat */
  #peer(seat) {
    return /** @type {Peer} */ (this.#peers.get(seat));
  }

  /** @param {number} other @param {RTCConfiguration} ice */
  #connect(other, ice) {
    return new Peer({
      polite: this.#seat > other,
      ice,
      edges: {
        signal: (message) => this.#signals.say(other, message),
        onMessage: (channel, data) => this.#deliver(other, channel, data),
        onState: (state) => this.#hearState(other, state),
        now: this.#edges.now,
        Connection: this.#edges.Connection,
        through: this.#edges.lab?.link(other),
      },
    });
  }

  /** @param {number} to @param {Channel} channel @param {any} data */
  #send(to, channel, data) {
    if (!this.#viaHub.has(to)) this.#peers.get(to)?.send(channel, data);
    else if (channel === "inp") this.#edges.input(to, data);
    else this.#signals.say(to, { ctl: data });
  }

  /** @param {number} from @param {any} data */
  #hearSignal(from, data) {
    if (data?.ctl) this.#deliver(from, "ctl", data.ctl);
    else if (data?.description || data?.candidate) this.#peers.get(from)?.negotiate(data);
  }

  /** @param {number} from @param {Channel} channel @param {any} data */
  #deliver(from, channel, data) {
    if (channel === "ctl" && data?.net === BYE) this.onBye(from, String(data.reason));
    else if (this.#listener) this.#listener(from, channel, data);
    else {
      if (channel === "inp") {
        const inputs = this.#kept.filter((entry) => entry.channel === "inp");
        if (inputs.length >= KEPT_INPUTS) this.#kept.splice(this.#kept.indexOf(inputs[0]), 1);
      }
      this.#kept.push({ from, channel, data });
    }
  }

  /** @param {Listener} listener */
  #listen(listener) {
    this.#listener = listener;
    if (listener) for (const { from, channel, data } of this.#kept.splice(0)) listener(from, channel, data);
  }

  /** @param {number} seat @param {RTCPeerConnectionState} state */
  #hearState(seat, state) {
    if (state === "connected") {
      if (this.#lost.has(seat)) this.#regain(seat);
    } else if ((state === "disconnected" || state === "failed") && this.#peer(seat).usable) this.#lose(seat, state === "failed");
  }

  /** Tell that the path to a seat is lost; and look for another until there is one. @param {number} seat @param {boolean} now */
  #lose(seat, now) {
    if (!this.#lost.has(seat)) this.onPath(seat, true);
    clearTimeout(this.#lost.get(seat));
    const wait = (now ? 0 : RESTART_AFTER_MS) + (this.#seat > seat ? RESTART_EVERY_MS / 2 : 0);
    this.#lost.set(seat, setTimeout(() => void this.#restart(seat), wait));
  }

  /** The path is there; the first packets are still to come, and the silence before them must not count. @param {number} seat */
  #regain(seat) {
    clearTimeout(this.#lost.get(seat));
    const regained = () => {
      this.#lost.delete(seat);
      this.onPath(seat, false);
    };
    this.#lost.set(seat, setTimeout(regained, SETTLE_MS));
  }

  /** @param {number} seat */
  async #restart(seat) {
    const ice = await this.#edges.freshIce().catch(() => null);
    if (!this.#lost.has(seat) || this.#peer(seat).state === "connected") return;
    this.#peer(seat).restart(ice ?? undefined);
    this.#lost.set(seat, setTimeout(() => void this.#restart(seat), RESTART_EVERY_MS));
  }
}
