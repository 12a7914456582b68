// A fake hub: what a page says to it, answered as docs/hub-protocol.md has it, and what it says by itself.
import { HubRefusal, HubSilent } from "../../../templates/game/net/hub_client.js";

/** In place of a HubClient. */
export class FakeHub {
  connected = true;
  /** It takes connections, and answers nothing. */
  stalls = false;
  /** What was asked, in order. @type {{event: string, message: any}[]} */
  asked = [];
  /** What it answers, by event; a string is the code of a refusal. @type {Record<string, any>} */
  answers = { join: { token: "wait", waiting: 1, needed: 2, timeout_ms: 60_000 } };
  /** @type {Uint8Array[]} */
  inputs = [];
  /** @type {string[]} */
  said = [];
  #listeners = new EventTarget();

  /** @param {string} event @param {any} message */
  async ask(event, message) {
    if (!this.connected) throw new HubSilent();
    this.asked.push({ event, message });
    if (this.stalls) {
      await new Promise((resolve) => setTimeout(resolve, 8000));
      throw new HubSilent();
    }
    const answer = this.answers[event] ?? {};
    if (typeof answer === "string") throw new HubRefusal(answer, answer);
    return answer;
  }

  /** @param {string} event */
  say(event) {
    this.said.push(event);
  }

  /** @param {number} _to @param {Uint8Array} bytes */
  input(_to, bytes) {
    this.inputs.push(bytes);
  }

  /** @param {string} event @param {(...args: any[]) => void} listener */
  on(event, listener) {
    this.#listeners.addEventListener(event, (told) => listener(.../** @type {CustomEvent} */ (told).detail));
  }

  reconnect() {
    this.connected = false;
    this.tell("disconnect");
    this.connected = true;
    this.tell("connect");
  }

  close() {
    this.connected = false;
  }

  /** @param {string} event @param {any[]} what */
  tell(event, ...what) {
    this.#listeners.dispatchEvent(new CustomEvent(event, { detail: what }));
  }

  /** @param {string} event @returns {any[]} what was asked by this name */
  all(event) {
    return this.asked.filter((each) => each.event === event).map(({ message }) => message);
  }
}
