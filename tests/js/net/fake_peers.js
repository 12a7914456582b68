// Fake peers: connections over a net in the test's hand, pages with a mesh each, and a hub that carries their signals.
import { mock } from "node:test";
import { Mesh } from "../../../templates/game/net/mesh.js";
import { Signals } from "../../../templates/game/net/signals.js";

const TRIP_MS = 10;
const HUB_TRIP_MS = 20;
const STEP_MS = 10;

/** One end of a channel. */
class FakeChannel extends EventTarget {
  /** @type {RTCDataChannelState} */
  readyState = "connecting";
  bufferedAmount = 0;
  binaryType = "arraybuffer";
  /** What a reliable channel could not deliver yet. @type {any[]} */
  unsent = [];

  /** @param {FakeConnection} connection @param {string} label */
  constructor(connection, label) {
    super();
    this.connection = connection;
    this.label = label;
  }

  /** @param {any} data */
  send(data) {
    if (this.readyState !== "open") throw new Error("not open");
    this.connection.net.carry(this, data);
  }
}

/** As much of RTCPeerConnection as a peer uses. */
class FakeConnection extends EventTarget {
  /** @type {RTCPeerConnectionState} */
  connectionState = "new";
  signalingState = "stable";
  /** @type {any} */
  localDescription = null;
  /** @type {FakeConnection | null} */
  other = null;
  /** @type {Map<string, FakeChannel>} */
  channels = new Map();
  restarts = 0;
  #restarting = false;

  /** @param {FakeNet} net */
  constructor(net) {
    super();
    this.net = net;
    this.id = net.connections.push(this) - 1;
  }

  /** @param {string} label */
  createDataChannel(label) {
    const channel = new FakeChannel(this, label);
    this.channels.set(label, channel);
    queueMicrotask(() => this.channels.size === 2 && this.dispatchEvent(new Event("negotiationneeded")));
    return channel;
  }

  async setLocalDescription() {
    const type = this.signalingState === "have-remote-offer" ? "answer" : "offer";
    this.signalingState = type === "offer" ? "have-local-offer" : "stable";
    this.localDescription = { type, sdp: `${this.id} ${this.#restarting}` };
  }

  /** @param {RTCSessionDescriptionInit} description */
  async setRemoteDescription({ type, sdp }) {
    const [id, restarting] = (sdp ?? "").split(" ");
    this.other = this.net.connections[Number(id)];
    this.signalingState = type === "offer" ? "have-remote-offer" : "stable";
    if (type === "answer") this.net.agreed(this, this.#restarting || restarting === "true");
    if (type === "answer") this.#restarting = false;
  }

  async addIceCandidate() {}

  setConfiguration() {}

  restartIce() {
    this.restarts++;
    this.#restarting = true;
    this.dispatchEvent(new Event("negotiationneeded"));
  }

  async getStats() {
    return new Map();
  }

  close() {
    this.connectionState = "closed";
    for (const end of [this, this.other]) {
      for (const channel of end?.channels.values() ?? []) channel.readyState = "closed";
    }
  }
}

/** What the connections go over. */
export class FakeNet {
  /** @type {FakeConnection[]} */
  connections = [];
  /** Nothing passes. */
  broken = false;
  /** An ICE restart mends it. */
  mends = false;
  /** Connections whose packets do not arrive, though they hear the other. @type {Set<FakeConnection>} */
  mute = new Set();
  /** Label of a channel on which nothing passes. */
  held = "";
  /** Acknowledgements of `ctl` are lost, what they acknowledge is not. */
  losesHeard = false;

  /** @returns {typeof RTCPeerConnection} */
  get Connection() {
    const connect = () => new FakeConnection(this);
    return /** @type {any} */ (function Connection() {
      return connect();
    });
  }

  /** @param {RTCPeerConnectionState} state of all connections, as ICE sees it */
  state(state) {
    for (const connection of this.connections) connection.connectionState = state;
  }

  /** @param {FakeConnection} connection @param {boolean} restarted */
  agreed(connection, restarted) {
    if (restarted && !this.mends) return;
    this.broken = false;
    for (const end of [connection, /** @type {FakeConnection} */ (connection.other)]) {
      end.connectionState = "connected";
      for (const channel of end.channels.values()) {
        if (channel.readyState !== "connecting") continue;
        channel.readyState = "open";
        setTimeout(() => channel.dispatchEvent(new Event("open")), TRIP_MS);
      }
    }
  }

  /** @param {FakeChannel} channel @param {any} data */
  carry(channel, data) {
    if (this.losesHeard && typeof data === "string" && data.includes('"heard"')) return;
    if (this.broken || this.held === channel.label || this.mute.has(channel.connection)) {
      if (channel.label === "ctl") channel.unsent.push(data);
      return;
    }
    for (const text of channel.unsent.splice(0)) this.#deliver(channel, text);
    this.#deliver(channel, data);
  }

  /** @param {FakeChannel} channel @param {any} data */
  #deliver(channel, data) {
    const copy = typeof data === "string" ? data : data.slice().buffer;
    setTimeout(() => {
      const end = channel.connection.other?.channels.get(channel.label);
      if (end?.readyState !== "closed") end?.dispatchEvent(new MessageEvent("message", { data: copy }));
    }, TRIP_MS);
  }
}

/** One page: its mesh, what its game hears, and its connection to the hub. */
export class FakePage {
  /** Control messages that the game heard. @type {any[]} */
  heard = [];
  packets = 0;
  /** @type {boolean[]} */
  paths = [];
  relayed = 0;
  freshIce = 0;
  /** @type {{reason: string}[]} */
  byes = [];
  isOnline = true;
  /** What waits for a page that is frozen. @type {(() => void)[] | null} */
  frozen = null;

  /** @param {World} world @param {number} seat */
  constructor(world, seat) {
    this.world = world;
    this.seat = seat;
    this.signals = new Signals({
      post: (_to, seq, text) => world.viaHub(this, (other) => other.signals.hear(seat, seq, text)),
      acknowledge: (_to, seq) => world.viaHub(this, (other) => other.signals.acknowledged(seat, seq)),
      now: () => world.now,
    });
    this.mesh = new Mesh({
      seat,
      seats: 2,
      ice: {},
      signals: this.signals,
      edges: {
        input: (_to, bytes) => void (world.relays && world.viaHub(this, (other) => other.mesh.hearInput(seat, bytes.slice()))),
        askRelay: () => world.askRelay(this),
        mayRelay: () => world.hubRelay,
        freshIce: async () => {
          this.freshIce++;
          return null;
        },
        now: () => world.now,
        Connection: world.net.Connection,
      },
    });
    this.mesh.onPath = (_seat, lost) => this.paths.push(lost);
    this.mesh.onRelayed = () => this.relayed++;
    this.mesh.onBye = (_seat, reason) => this.byes.push({ reason });
    this.link = this.mesh.link;
    this.link.onMessage = (_from, channel, data) => {
      if (channel === "ctl") this.heard.push(data);
      else this.packets++;
    };
  }

  /** @param {"inp" | "ctl"} channel @param {any} data */
  send(channel, data) {
    this.link.send(1 - this.seat, channel, data);
  }

  /** Nothing of the page runs until it is thawed. */
  freeze() {
    this.frozen = [];
  }

  thaw() {
    const waiting = this.frozen ?? [];
    this.frozen = null;
    for (const deliver of waiting) deliver();
  }
}

/** Two pages and a hub. Its time is the test's. */
export class World {
  now = 1000;
  /** Asked for, and done. */
  relays = false;
  asked = 0;
  net = new FakeNet();

  /** @param {{hubRelay?: boolean}} [options] */
  constructor({ hubRelay = true } = {}) {
    mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
    this.hubRelay = hubRelay;
    this.pages = [0, 1].map((seat) => new FakePage(this, seat));
    setInterval(() => this.pages.forEach(({ isOnline, signals }) => isOnline && signals.repeat()), 500);
  }

  /** Connect, and play: each page sends a packet in every tick. */
  async play() {
    const tried = this.pages.map(({ mesh, seat }) => mesh.tried(1 - seat, 3000));
    await this.pass(500);
    if (!(await Promise.all(tried)).every((worked) => worked)) throw new Error("the pages did not connect");
    setInterval(() => this.pages.forEach((page) => page.frozen ?? page.send("inp", new Uint8Array([0xb7]))), 50);
    for (const { mesh } of this.pages) mesh.watch();
    return this.pages;
  }

  /** @param {FakePage} from @param {(other: FakePage) => void} deliver */
  viaHub(from, deliver) {
    const other = this.pages[1 - from.seat];
    if (from.isOnline) setTimeout(() => other.isOnline && this.#arrive(other, () => deliver(other)), HUB_TRIP_MS);
  }

  /** @param {FakePage} from */
  askRelay(from) {
    this.asked++;
    if (!from.isOnline) return;
    this.relays = true;
    for (const page of this.pages) if (page.isOnline) setTimeout(() => page.mesh.relay(1 - page.seat), HUB_TRIP_MS);
  }

  /** @param {FakePage} page @param {() => void} deliver */
  #arrive(page, deliver) {
    if (page.frozen) page.frozen.push(deliver);
    else deliver();
  }

  /** @param {number} ms */
  async pass(ms) {
    for (const until = this.now + ms; this.now < until; ) {
      this.now += STEP_MS;
      mock.timers.tick(STEP_MS);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  end() {
    for (const { mesh } of this.pages) mesh.close();
    mock.timers.reset();
  }
}
