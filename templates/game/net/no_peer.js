// NoPeer: stands where a peer connection would, in a browser that makes none. All that it is given is lost.

/** In place of a `Peer` (peer.js). */
export class NoPeer {
  /** @type {RTCPeerConnectionState} */
  state = "failed";
  dead = true;
  heardAt = -Infinity;
  rtt = null;

  async tried() {
    return false;
  }

  async triedAgain() {
    return false;
  }

  async path() {
    return null;
  }

  send() {}

  ping() {}

  negotiate() {}

  restart() {}

  close() {}
}
