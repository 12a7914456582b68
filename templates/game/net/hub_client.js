// The hub client: questions with answers, and what the hub says by itself (docs/hub-protocol.md).

/**
 * What is used of socket.io's socket.
 *
 * @typedef {object} Socket
 * @property {boolean} connected
 * @property {(event: string, listener: (...args: any[]) => void) => unknown} on
 * @property {(ms: number) => {emitWithAck: (event: string, message: object) => Promise<any>}} timeout
 * @property {{emit: (event: string, ...args: any[]) => unknown}} volatile
 * @property {(event: string, ...args: any[]) => unknown} emit
 * @property {() => unknown} disconnect
 * @property {() => unknown} connect
 */

/** How long an answer may take before the question counts as lost, in ms. */
const ANSWER_MS = 8000;

/** The hub said no; `code` is one of docs/hub-protocol.md. */
export class HubRefusal extends Error {
  /** @param {string} code @param {string} message */
  constructor(code, message) {
    super(message);
    this.name = "HubRefusal";
    this.code = code;
  }
}

/** The hub could not be asked, or did not answer. */
export class HubSilent extends Error {
  constructor() {
    super("The server cannot be reached.");
    this.name = "HubSilent";
  }
}

export class HubClient {
  #socket;
  #closed = false;

  /** @param {Socket} socket */
  constructor(socket) {
    this.#socket = socket;
    socket.on("echo", ({ nonce }) => void this.ask("echo", { nonce }).catch(() => {}));
    // The participant has opened a newer connection: two would take turns in throwing each other out.
    socket.on("replaced", () => this.close());
  }

  get connected() {
    return this.#socket.connected;
  }

  /**
   * @param {string} event
   * @param {object} message
   * @returns {Promise<any>} the answer
   * @throws {HubRefusal} the hub says no
   * @throws {HubSilent} there is no connection, or no answer came
   */
  async ask(event, message) {
    if (!this.#socket.connected) throw new HubSilent();
    let answer;
    try {
      answer = await this.#socket.timeout(ANSWER_MS).emitWithAck(event, message);
    } catch {
      throw new HubSilent();
    }
    if (!answer?.ok) throw new HubRefusal(String(answer?.code), String(answer?.message));
    return answer;
  }

  /**
   * Say something to which no answer is awaited, as when the page closes.
   *
   * @param {string} event
   * @param {object} message
   */
  say(event, message) {
    if (this.#socket.connected) this.#socket.emit(event, message, () => {});
  }

  /**
   * Send a packet for a seat that is reached through the hub; like a datagram, it may be lost.
   *
   * @param {number} to
   * @param {Uint8Array} bytes
   */
  input(to, bytes) {
    if (this.#socket.connected) this.#socket.volatile.emit("input", to, bytes);
  }

  /**
   * Hear what the hub says; `connect` and `disconnect` too.
   *
   * @param {string} event
   * @param {(...args: any[]) => void} listener
   */
  on(event, listener) {
    this.#socket.on(event, (...args) => void (this.#closed || listener(...args)));
  }

  /** Go over to a new connection. What the hub still makes of the old one ends with it. */
  reconnect() {
    this.#socket.disconnect();
    this.#socket.connect();
  }

  /** End the connection for good. */
  close() {
    this.#closed = true;
    this.#socket.disconnect();
  }
}
