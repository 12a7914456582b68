// Mesh: the routes to all other seats, and the one link that the game sees of them.
import { Route } from "./route.js";

/** @typedef {import("../rollback/types.js").Channel} Channel */
/** @typedef {import("./signals.js").Signals} Signals */

/** @typedef {((from: number, channel: Channel, data: any) => void) | null} Listener */

/** Input packets kept until somebody listens; each later one holds what the earlier ones did. */
const KEPT_INPUTS = 64;
const BYE = "bye";
const LOOK_MS = 250;
/**
 * After which people wait for the session, and no longer for its paths: it knows what to do about one who is silent.
 * Enough for a check that fails, the hub in place of the path, and a check of that.
 */
const CHECK_ALL_MS = 12_000;

/**
 * @typedef {object} MeshEdges
 * @property {(to: number, bytes: Uint8Array) => void} input sends a packet through the hub
 * @property {(to: number) => void} askRelay asks the hub to carry the pair's packets; `relay` follows if it does
 * @property {() => boolean} mayRelay whether it would
 * @property {() => Promise<RTCConfiguration | null>} freshIce asks the hub for credentials; null: keep the old ones
 * @property {() => number} now
 * @property {typeof RTCPeerConnection} [Connection] absent in a browser without it
 * @property {import("./network_lab.js").NetworkLab} [lab] in a build for development
 */

export class Mesh {
  #seat;
  #edges;
  #signals;
  /** @type {Map<number, Route>} */
  #routes = new Map();
  /** @type {Listener} */
  #listener = null;
  /** @type {{from: number, channel: Channel, data: any}[]} */
  #kept = [];
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #watching;
  /** The path to a seat is lost, or there again. @type {(seat: number, lost: boolean) => void} */
  onPath = () => {};
  /** A seat is reached through the hub from now on. @type {(seat: number) => void} */
  onRelayed = () => {};
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
    for (let other = 0; other < seats; other++) if (other !== seat) this.#routes.set(other, this.#routeTo(other, ice));
    signals.onSignal = (from, data) => this.#routes.get(from)?.hearSignal(data);
  }

  /** @returns {number[]} the other seats */
  get others() {
    return [...this.#routes.keys()];
  }

  /** @returns {number[]} */
  get viaHub() {
    return this.others.filter((seat) => this.#route(seat).viaHub);
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
      send: (to, channel, data) => this.#routes.get(to)?.send(channel, data),
      check: (seats) => this.#check(seats),
      letGo: (seat) => this.#routes.get(seat)?.letGo(),
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
    return this.#route(seat).tried(ms, measure);
  }

  /** @param {number} seat @returns {number | null} median round trip to a seat, in ms */
  rtt(seat) {
    return this.#route(seat).rtt;
  }

  /** Look after the paths from now on: people play. */
  watch() {
    const look = () => this.#routes.forEach((route) => route.look());
    this.#routes.forEach((route) => void route.lookUp());
    clearInterval(this.#watching);
    this.#watching = setInterval(look, LOOK_MS);
    look();
  }

  /** Let the paths be as they are: nobody plays any more. */
  rest() {
    clearInterval(this.#watching);
    for (const route of this.#routes.values()) route.letGo();
  }

  /** Reach a seat through the hub from now on. @param {number} seat */
  relay(seat) {
    const route = this.#routes.get(seat);
    if (!route || route.viaHub) return;
    route.relay();
    this.onRelayed(seat);
  }

  /**
   * @param {number} seat
   * @param {boolean} isOnline whether this page and that one are connected to the hub
   */
  online(seat, isOnline) {
    this.#routes.get(seat)?.online(isOnline);
  }

  /**
   * A packet came through the hub.
   *
   * @param {number} from
   * @param {Uint8Array} bytes
   */
  hearInput(from, bytes) {
    this.#routes.get(from)?.hearInput(bytes);
  }

  /** @returns {boolean} whether the others have heard what the game said on the peer connections */
  get isHeard() {
    return [...this.#routes.values()].every((route) => route.isHeard);
  }

  /** @returns {{seat: number, path: import("./route.js").PathKind}[]} how each other seat is reached */
  get paths() {
    return [...this.#routes].map(([seat, { kind }]) => ({ seat, path: kind }));
  }

  /** Say why this page goes; the session's own goodbye follows. @param {string} reason */
  bye(reason) {
    for (const route of this.#routes.values()) route.send("ctl", { net: BYE, reason });
  }

  close() {
    this.rest();
    for (const route of this.#routes.values()) route.close();
  }

  /** @param {number} seat */
  #route(seat) {
    return /** @type {Route} */ (this.#routes.get(seat));
  }

  /** @param {number} other @param {RTCConfiguration} ice */
  #routeTo(other, ice) {
    const { input, askRelay, mayRelay, freshIce, now, Connection, lab } = this.#edges;
    return new Route({
      polite: this.#seat > other,
      ice,
      edges: {
        signal: (data) => this.#signals.say(other, data),
        input: (bytes) => input(other, bytes),
        askRelay: () => askRelay(other),
        mayRelay,
        freshIce,
        onMessage: (channel, data) => this.#deliver(other, channel, data),
        onPath: (lost) => this.onPath(other, lost),
        now,
        Connection,
        through: lab?.link(other),
      },
    });
  }

  /** @param {readonly number[]} seats */
  async #check(seats) {
    const until = this.#edges.now() + CHECK_ALL_MS;
    await Promise.all(seats.map((seat) => this.#routes.get(seat)?.check(until)));
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
}
