// What a tick has to send, in order.
import { writeControl } from "./control.js";

/** @typedef {import("./types.js").Packet} Packet */
/** @typedef {import("./control.js").ControlMessage} ControlMessage */
/** @typedef {import("./roster.js").Roster} Roster */

export class Outbox {
  #roster;
  /** @type {Packet[]} */
  #packets = [];

  /** @param {Roster} roster */
  constructor(roster) {
    this.#roster = roster;
  }

  /** @param {number} to @param {Uint8Array} data */
  bytes(to, data) {
    this.#packets.push({ to, channel: "inp", data });
  }

  /** @param {number} to @param {ControlMessage} message */
  control(to, message) {
    this.#packets.push({ to, channel: "ctl", data: writeControl(message) });
  }

  /** @param {ControlMessage} message to every live peer */
  controlAll(message) {
    for (const peer of this.#roster.peers()) this.control(peer, message);
  }

  /** @returns {Packet[]} all since the last call */
  take() {
    return this.#packets.splice(0);
  }
}
