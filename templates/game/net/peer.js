// Peer: the connection to one other seat. Two channels of agreed ids, so that neither side waits for the other's.
import { CHECK, CHECKED, median, ping, pong, readCheck } from "./checks.js";

/** @typedef {import("../rollback/types.js").Channel} Channel */

/**
 * What the page's two ends say to each other through the hub.
 *
 * @typedef {{description: RTCSessionDescriptionInit} | {candidate: RTCIceCandidateInit}} Negotiation
 */

/**
 * @typedef {object} PeerEdges
 * @property {(message: Negotiation) => void} signal
 * @property {(channel: Channel, data: any) => void} onMessage
 * @property {() => number} now ms
 * @property {typeof RTCPeerConnection} Connection
 * @property {(channel: Channel, transmit: () => void) => void} [through] a bad link, in a build for development
 */

const CHECK_MS = 100;
/** Round trips that make a measurement. */
const MEASURED = 5;

export class Peer {
  #edges;
  #pc;
  #polite;
  /** @type {Record<Channel, RTCDataChannel>} */
  #channels;
  /** Descriptions and candidates are taken in one after the other. */
  #taking = Promise.resolve();
  #offering = false;
  #ignoring = false;
  /** The polite side leaves the first offer to the other, and asks nobody twice. */
  #begun;
  /** Messages for `ctl` until it opens. @type {string[]} */
  #early = [];
  #checked = { inp: false, ctl: false };
  /** Answers to earlier checks do not count. */
  #round = 0;
  #askedAt = -Infinity;
  /** When a packet of `inp` came last; `ctl` may bring an old message late. */
  heardAt = -Infinity;
  /** @type {number[]} */
  #trips = [];
  /** @type {ReturnType<typeof setInterval>} */
  #timer;
  #closed = false;
  /** @type {() => void} */
  #onNews = () => {};
  #measuring = 1;

  /**
   * @param {object} options
   * @param {boolean} options.polite gives way where both make an offer at once; the other side must not be
   * @param {RTCConfiguration} options.ice
   * @param {PeerEdges} options.edges
   */
  constructor({ polite, ice, edges }) {
    this.#edges = edges;
    this.#polite = polite;
    this.#begun = !polite;
    const pc = (this.#pc = new edges.Connection(ice));
    pc.addEventListener("negotiationneeded", () => void this.#offer());
    pc.addEventListener("icecandidate", ({ candidate }) => candidate && edges.signal({ candidate: candidate.toJSON() }));
    const ctl = pc.createDataChannel("ctl", { negotiated: true, id: 0 });
    const inp = pc.createDataChannel("inp", { negotiated: true, id: 1, ordered: false, maxRetransmits: 0 });
    inp.binaryType = "arraybuffer";
    this.#channels = { ctl, inp };
    ctl.addEventListener("open", () => this.#opened());
    ctl.addEventListener("message", ({ data }) => this.#hearControl(data));
    inp.addEventListener("message", ({ data }) => this.#hearInput(new Uint8Array(data)));
    this.#timer = setInterval(() => this.#check(), CHECK_MS);
  }

  /** @returns {RTCPeerConnectionState} */
  get state() {
    return this.#pc.connectionState;
  }

  /** Whether both channels have been tried, there and back. */
  get usable() {
    return this.#checked.inp && this.#checked.ctl;
  }

  /** Whether a channel has closed: nothing opens it again. */
  get dead() {
    return Object.values(this.#channels).some(({ readyState }) => readyState === "closing" || readyState === "closed");
  }

  /** @returns {number | null} median round trip in ms */
  get rtt() {
    return median(this.#trips);
  }

  /**
   * @param {number} ms
   * @param {boolean} [measure] until the round trip has been measured often enough
   * @returns {Promise<boolean>} whether both channels were seen to work within the time
   */
  async tried(ms, measure = false) {
    this.#measuring = measure ? MEASURED : 1;
    const done = () => this.usable && this.#trips.length >= this.#measuring;
    if (done()) return true;
    let timer;
    await new Promise((/** @type {(value?: any) => void} */ resolve) => {
      this.#onNews = () => (done() || this.#closed) && resolve();
      timer = setTimeout(resolve, ms);
    });
    clearTimeout(timer);
    return done();
  }

  /**
   * Try both channels anew.
   *
   * @param {number} ms
   * @returns {Promise<boolean>} as `tried`; false too once this end is closed
   */
  triedAgain(ms) {
    this.#checked = { inp: false, ctl: false };
    this.#round += 1;
    this.#askedAt = this.#edges.now();
    this.#askControl();
    this.ping();
    return this.tried(ms);
  }

  /** Ask for a sign of life on `inp`. */
  ping() {
    this.send("inp", ping(this.#edges.now()));
  }

  /** @param {Negotiation} message of the other side */
  negotiate(message) {
    this.#taking = this.#taking.then(() => this.#take(message)).catch((error) => console.warn("igbuild: the other side's offer cannot be used", error));
  }

  /**
   * @param {Channel} channel
   * @param {any} data bytes for `inp`, an object for `ctl`
   */
  send(channel, data) {
    const { through } = this.#edges;
    if (through) through(channel, () => this.#transmit(channel, data));
    else this.#transmit(channel, data);
  }

  /** @param {Channel} channel @param {any} data */
  #transmit(channel, data) {
    const { inp, ctl } = this.#channels;
    if (channel === "inp") {
      // What waits in the buffer is late already, and the next packet holds all that this one does.
      if (inp.readyState === "open" && inp.bufferedAmount === 0) this.#quietly(() => inp.send(data));
    } else if (ctl.readyState === "open") this.#quietly(() => ctl.send(JSON.stringify(data)));
    else if (ctl.readyState === "connecting") this.#early.push(JSON.stringify(data));
  }

  /**
   * Look for a path again, keeping the channels and what waits in them.
   *
   * @param {RTCConfiguration} [ice] with fresh credentials
   */
  restart(ice) {
    if (this.#closed) return;
    if (ice) this.#pc.setConfiguration(ice);
    this.#pc.restartIce();
  }

  /** @returns {Promise<{path: "direct" | "relay"} | null>} how the packets go; null: not known */
  async path() {
    const stats = /** @type {Map<string, any>} */ (/** @type {unknown} */ (await this.#pc.getStats()));
    const all = [...stats.values()];
    const transport = all.find(({ type }) => type === "transport");
    const pair = stats.get(transport?.selectedCandidatePairId) ?? all.find(({ type, nominated, state }) => type === "candidate-pair" && nominated && state === "succeeded");
    if (!pair) return null;
    const kinds = [pair.localCandidateId, pair.remoteCandidateId].map((id) => stats.get(id)?.candidateType);
    return { path: kinds.includes("relay") ? "relay" : "direct" };
  }

  close() {
    this.#closed = true;
    clearInterval(this.#timer);
    this.#pc.close();
    this.#onNews();
  }

  async #offer() {
    if (!this.#begun || this.#closed) return;
    try {
      this.#offering = true;
      await this.#pc.setLocalDescription();
      this.#describe();
    } catch (error) {
      if (!this.#closed) console.warn("igbuild: no offer could be made", error);
    } finally {
      this.#offering = false;
    }
  }

  #describe() {
    const { localDescription } = this.#pc;
    if (localDescription) this.#edges.signal({ description: { type: localDescription.type, sdp: localDescription.sdp } });
  }

  /** Perfect negotiation, as the WebRTC specification's example has it. @param {Negotiation} message */
  async #take(message) {
    const pc = this.#pc;
    if (this.#closed) return;
    if ("candidate" in message) {
      try {
        await pc.addIceCandidate(message.candidate);
      } catch (error) {
        if (!this.#ignoring) throw error;
      }
      return;
    }
    const { description } = message;
    const collides = description.type === "offer" && (this.#offering || pc.signalingState !== "stable");
    this.#ignoring = !this.#polite && collides;
    if (this.#ignoring) return;
    await pc.setRemoteDescription(description);
    this.#begun = true;
    if (description.type !== "offer") return;
    await pc.setLocalDescription();
    this.#describe();
  }

  #opened() {
    for (const text of this.#early.splice(0)) this.#channels.ctl.send(text);
    this.#askControl();
    this.#check();
  }

  #askControl() {
    this.send("ctl", { net: CHECK, round: this.#round });
  }

  /** Ask until enough answers came back. */
  #check() {
    if (!this.#checked.inp || this.#trips.length < this.#measuring) this.ping();
  }

  /** @param {string} text */
  #hearControl(text) {
    if (this.#closed) return;
    let message;
    try {
      message = JSON.parse(text);
    } catch {
      return;
    }
    if (message?.net === CHECK) this.send("ctl", { net: CHECKED, round: message.round });
    else if (message?.net === CHECKED) this.#found("ctl", message.round === this.#round);
    else this.#edges.onMessage("ctl", message);
  }

  /** @param {Uint8Array} bytes */
  #hearInput(bytes) {
    if (this.#closed) return;
    this.heardAt = this.#edges.now();
    const check = readCheck(bytes);
    if (!check) this.#edges.onMessage("inp", bytes);
    else if (check.type === "ping") this.send("inp", pong(bytes));
    else {
      if (this.#trips.length < MEASURED) this.#trips.push(this.#edges.now() - check.time);
      this.#found("inp", check.time >= this.#askedAt);
    }
  }

  /** @param {Channel} channel @param {boolean} current whether what was asked last is answered */
  #found(channel, current) {
    this.#checked[channel] ||= current;
    this.#onNews();
  }

  /** A channel may close between the question and the sending. @param {() => void} send */
  #quietly(send) {
    try {
      send();
    } catch {
      // The session says what its silence means.
    }
  }
}
