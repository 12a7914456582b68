// The path watch: when the path to a seat counts as lost, and what is to be done about it. Decides, does nothing.

/** The session pings four times a second and sends inputs in every tick: no loss of packets is that long. */
export const SILENT_MS = 2000;
/** How long the channels may be silent still once the page has answered through the hub: they may only be slower. */
export const VERDICT_MS = 1000;
/**
 * An ICE restart finds a path within 1 to 3 s, and SCTP tries a slow one again every 3 s. With the two above it makes 7 s
 * of silence at most: less than the 10 s after which the session drops a peer whose path it does not know to be lost.
 */
export const RELAY_AFTER_MS = 4000;
/** The hub did not do it, as while it restarts. */
const RELAY_AGAIN_MS = 2000;
/** How old an answer may get before the page is asked again. */
const ASK_AGAIN_MS = 1000;
/** A page that has not answered for so long is frozen, or has lost the hub too: the session's own rules are for that. */
const UNANSWERED_MS = 2500;
/** A path that ICE finds gone often comes back by itself. */
const RESTART_AFTER_MS = 1500;
/** An attempt succeeds within a few seconds of the network's return, if its messages get through. */
const RESTART_EVERY_MS = 6000;

/**
 * What is to be done: tell that the path is lost, or there again; look for another one; ask the page through the hub
 * whether it is there; have the hub carry the pair's packets.
 *
 * @typedef {"lost" | "found" | "restart" | "ask" | "relay"} Step
 */

/** Times are ms of one monotonic clock. */
export class PathWatch {
  #delay;
  #mayRelay;
  /** @type {number | null} */
  #lookedAt = null;
  /** Silence before this proves nothing. */
  #from = 0;
  /** @type {number | null} */
  #lostAt = null;
  /** When the question was put whose answer is awaited. @type {number | null} */
  #askedAt = null;
  #answeredAt = -Infinity;
  /** Since when the page has answered every question. @type {number | null} */
  #aliveSince = null;
  #restartAt = Infinity;
  #relayAt = -Infinity;
  #failed = false;

  /**
   * @param {object} options
   * @param {boolean} options.polite the other side looks for a path first
   * @param {() => boolean} options.mayRelay whether the hub carries packets
   */
  constructor({ polite, mayRelay }) {
    this.#delay = polite ? RESTART_EVERY_MS / 2 : 0;
    this.#mayRelay = mayRelay;
  }

  /**
   * To be called a few times a second.
   *
   * @param {number} now
   * @param {object} path
   * @param {RTCPeerConnectionState} path.state
   * @param {boolean} path.dead its channels have closed, which nothing opens again
   * @param {number} path.heardAt when it last carried a packet to this page
   * @returns {Step[]}
   */
  look(now, { state, dead, heardAt }) {
    this.#note(now);
    if (this.#lostAt !== null && !dead && heardAt > this.#lostAt) return this.#found();
    const silent = now - Math.max(heardAt, this.#from) >= SILENT_MS;
    if (this.#lostAt === null && !silent && !dead) {
      this.#aliveSince = null;
      return [];
    }
    if (this.#askedAt !== null && now - this.#askedAt > UNANSWERED_MS) this.#aliveSince = null;
    const cut = dead || state === "disconnected" || state === "failed";
    const answers = this.#aliveSince !== null && now - this.#aliveSince >= VERDICT_MS;
    const steps = cut || answers ? this.lose(now, state) : [];
    if (this.#askedAt === null && now - this.#answeredAt >= ASK_AGAIN_MS) {
      this.#askedAt = now;
      steps.push("ask");
    }
    return [...steps, ...this.#mend(now, state, dead)];
  }

  /**
   * The same where the hub is the path.
   *
   * @param {number} now
   * @param {object} path
   * @param {boolean} path.online whether this page and the other are connected to the hub
   * @param {number} path.heardAt
   * @returns {Step[]}
   */
  lookViaHub(now, { online, heardAt }) {
    this.#note(now);
    if (this.#lostAt === null) return online ? [] : this.lose(now);
    return online && heardAt > this.#lostAt ? this.#found() : [];
  }

  /**
   * The path does not work.
   *
   * @param {number} now
   * @param {RTCPeerConnectionState} [state]
   * @returns {Step[]}
   */
  lose(now, state = "connected") {
    if (this.#lostAt !== null) return [];
    this.#lostAt = now;
    this.#restartAt = now + this.#delay + (state === "disconnected" ? RESTART_AFTER_MS : 0);
    this.#failed = state === "failed";
    return ["lost"];
  }

  /** The page has answered through the hub. @param {number} now */
  answered(now) {
    this.#askedAt = null;
    this.#answeredAt = now;
    this.#aliveSince ??= now;
  }

  /** @returns {Step[]} */
  #found() {
    this.#lostAt = null;
    return ["found"];
  }

  /** This page's own clock may have stood still, and then nobody's silence proves anything. @param {number} now */
  #note(now) {
    if (this.#lookedAt === null || now - this.#lookedAt > SILENT_MS) {
      this.#from = now;
      this.#aliveSince = null;
      if (this.#askedAt !== null) this.#askedAt = now;
    }
    this.#lookedAt = now;
  }

  /** @param {number} now @param {RTCPeerConnectionState} state @param {boolean} dead @returns {Step[]} */
  #mend(now, state, dead) {
    if (this.#lostAt === null) return [];
    /** @type {Step[]} */
    const steps = [];
    if (state === "failed" && !this.#failed) {
      this.#failed = true;
      this.#restartAt = Math.min(this.#restartAt, now + this.#delay);
    }
    if (!dead && now >= this.#restartAt) {
      this.#restartAt = now + RESTART_EVERY_MS;
      steps.push("restart");
    }
    const patience = dead ? 0 : RELAY_AFTER_MS;
    const reached = this.#aliveSince !== null && now - Math.max(this.#lostAt, this.#aliveSince) >= patience;
    if (reached && now >= this.#relayAt && this.#mayRelay()) {
      this.#relayAt = now + RELAY_AGAIN_MS;
      steps.push("relay");
    }
    return steps;
  }
}
