// The route to one other seat: the peer connection while it works, and the hub where it does not.
import { ping, pong, readCheck } from "./checks.js";
import { ControlLine } from "./control_line.js";
import { NoPeer } from "./no_peer.js";
import { PathWatch } from "./path_watch.js";
import { Peer } from "./peer.js";

/** @typedef {import("../rollback/types.js").Channel} Channel */
/** @typedef {"direct" | "relay" | "hub"} PathKind */

/**
 * @typedef {object} RouteEdges
 * @property {(data: any) => void} signal says something to the other page through the hub; each arrives once, in order
 * @property {(bytes: Uint8Array) => void} input sends a packet through the hub
 * @property {() => void} askRelay asks the hub to carry the pair's packets; `relay()` follows if it does
 * @property {() => boolean} mayRelay whether it would
 * @property {() => Promise<RTCConfiguration | null>} freshIce asks the hub for credentials; null: keep the old ones
 * @property {(channel: Channel, data: any) => void} onMessage
 * @property {(lost: boolean) => void} onPath the path is lost, or there again
 * @property {() => number} now ms
 * @property {typeof RTCPeerConnection} [Connection] absent in a browser without it
 * @property {(channel: Channel, transmit: () => void) => void} [through] a bad link, in a build for development
 */

/** What `ctl` carries of ours beside numbered messages: all before `due` were heard. */
const HEARD = "heard";
/** Long enough for what `ctl` has to send again on a bad link. */
const CHECK_MS = 3000;
const PING_MS = 100;

export class Route {
  #edges;
  /** @type {Peer | NoPeer} */
  #peer;
  #watch;
  #line = new ControlLine();
  #viaHub = false;
  /** Nobody plays at the other end any more, or this page is done. */
  #over = false;
  /** @type {PathKind} */
  #kind = "direct";
  /** When the hub brought a packet last. */
  #heardAt = -Infinity;
  #isOnline = true;
  /** Questions to the page through the hub. */
  #asked = 0;
  #answered = 0;
  /** When the latest ping that came back through the hub was sent. */
  #ponged = -Infinity;

  /**
   * @param {object} options
   * @param {boolean} options.polite see peer.js
   * @param {RTCConfiguration} options.ice
   * @param {RouteEdges} options.edges
   */
  constructor({ polite, ice, edges }) {
    const { now, Connection, through } = edges;
    this.#edges = edges;
    this.#watch = new PathWatch({ polite, mayRelay: edges.mayRelay });
    const signal = (/** @type {any} */ message) => edges.signal(message);
    const onMessage = (/** @type {Channel} */ channel, /** @type {any} */ data) => this.#hearPeer(channel, data);
    this.#peer = Connection ? new Peer({ polite, ice, edges: { signal, onMessage, now, Connection, through } }) : new NoPeer();
  }

  /** @returns {boolean} whether the seat is reached through the hub */
  get viaHub() {
    return this.#viaHub;
  }

  /** @returns {number | null} median round trip of the peer connection, in ms */
  get rtt() {
    return this.#peer.rtt;
  }

  /** @returns {PathKind} as was found when the path was last looked up: at the beginning, and after an interruption */
  get kind() {
    return this.#viaHub ? "hub" : this.#kind;
  }

  /** @returns {boolean} whether the other end has heard what the game said on the peer connection, as far as it has to */
  get isHeard() {
    return this.#over || this.#line.isHeard;
  }

  /** @param {Channel} channel @param {any} data */
  send(channel, data) {
    if (channel === "ctl") {
      const message = this.#line.write(data);
      if (this.#viaHub) this.#release();
      else this.#peer.send("ctl", message);
    } else if (this.#viaHub) this.#edges.input(data);
    else this.#peer.send("inp", data);
  }

  /**
   * @param {number} ms
   * @param {boolean} [measure]
   * @returns {Promise<boolean>} as peer.js has it
   */
  tried(ms, measure) {
    return this.#peer.tried(ms, measure);
  }

  /**
   * Try the path anew, both channels, there and back. One that does not answer is lost, and then it is for the next one.
   *
   * @param {number} until when to give up
   * @returns {Promise<boolean>} whether there is a path that works
   */
  async check(until) {
    const { now } = this.#edges;
    while (!this.#over && now() < until) {
      const ms = Math.min(CHECK_MS, until - now());
      if (await (this.#viaHub ? this.#triedViaHub(ms) : this.#peer.triedAgain(ms))) return true;
      if (!this.#viaHub && !this.#over) this.#act(this.#watch.lose(now(), this.#peer.state));
    }
    return false;
  }

  /** Look after the path; to be called a few times a second while people play. */
  look() {
    if (this.#over) return;
    const now = this.#edges.now();
    if (this.#viaHub) {
      this.#act(this.#watch.lookViaHub(now, { online: this.#isOnline, heardAt: this.#heardAt }));
      return;
    }
    const { state, dead, heardAt } = this.#peer;
    this.#act(this.#watch.look(now, { state, dead, heardAt }));
  }

  /** See how the peer connection's packets go. */
  async lookUp() {
    const found = await this.#peer.path().catch(() => null);
    this.#kind = found?.path ?? this.#kind;
  }

  /** Go through the hub from now on, for good: what the peer connection may have lost is said again. */
  relay() {
    if (this.#viaHub) return;
    this.#viaHub = true;
    this.#release();
    this.#peer.close();
  }

  /** @param {boolean} isOnline whether both pages are connected to the hub */
  online(isOnline) {
    this.#isOnline = isOnline;
  }

  /** A packet came through the hub. @param {Uint8Array} bytes */
  hearInput(bytes) {
    this.#heardAt = this.#edges.now();
    const check = readCheck(bytes);
    if (!check) this.#edges.onMessage("inp", bytes);
    else if (check.type === "ping") this.#edges.input(pong(bytes));
    else this.#ponged = Math.max(this.#ponged, check.time);
  }

  /** The other page said something through the hub. @param {any} data */
  hearSignal(data) {
    if (data?.ctl) this.#hearControl(data.ctl);
    else if (data?.check !== undefined) this.#edges.signal({ checked: data.check });
    else if (data?.checked !== undefined) {
      this.#answered = data.checked;
      this.#watch.answered(this.#edges.now());
    } else if (data?.description || data?.candidate) this.#peer.negotiate(data);
  }

  /** Nobody is to be reached at the other end any more. What still comes from there is heard. */
  letGo() {
    this.#over = true;
  }

  close() {
    this.#over = true;
    this.#peer.close();
  }

  /** @param {Channel} channel @param {any} data */
  #hearPeer(channel, data) {
    if (channel === "inp") this.#edges.onMessage("inp", data);
    else if (data?.net === HEARD) this.#line.acknowledged(data.due);
    else {
      this.#hearControl(data);
      this.#peer.send("ctl", { net: HEARD, due: this.#line.due });
    }
  }

  /** @param {any} message numbered */
  #hearControl(message) {
    for (const data of this.#line.hear(message)) this.#edges.onMessage("ctl", data);
  }

  /** Say all that is not known to have arrived through the hub, which loses nothing. */
  #release() {
    for (const message of this.#line.release()) this.#edges.signal({ ctl: message });
  }

  /** @param {number} ms @returns {Promise<boolean>} whether a message and a packet went there and back through the hub */
  async #triedViaHub(ms) {
    const { now, input } = this.#edges;
    const from = now();
    const question = this.#ask();
    const done = () => this.#answered >= question && this.#ponged >= from;
    while (!done() && !this.#over && now() - from < ms) {
      if (this.#ponged < from) input(ping(now()));
      await new Promise((resolve) => setTimeout(resolve, PING_MS));
    }
    return done();
  }

  /** @returns {number} of the question */
  #ask() {
    this.#edges.signal({ check: ++this.#asked });
    return this.#asked;
  }

  /** @param {import("./path_watch.js").Step[]} steps */
  #act(steps) {
    for (const step of steps) {
      if (step === "found") void this.lookUp();
      if (step === "lost" || step === "found") this.#edges.onPath(step === "lost");
      else if (step === "restart") void this.#restart();
      else if (step === "relay") this.#edges.askRelay();
      else {
        this.#ask();
        this.#peer.ping();
      }
    }
  }

  async #restart() {
    const ice = await this.#edges.freshIce().catch(() => null);
    if (!this.#viaHub && !this.#over) this.#peer.restart(ice ?? undefined);
  }
}
