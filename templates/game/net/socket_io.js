// The socket to the hub: the one place that names the library.
import io from "socket.io-client/dist/socket.io.js";

/**
 * Open a socket; it reconnects by itself, for ever.
 *
 * @param {URL} server
 * @returns {import("./hub_client.js").Socket}
 */
export function openSocket(server) {
  return io(server.origin, {
    path: "/hub/socket.io",
    transports: ["websocket"],
    forceNew: true,
    reconnectionDelay: 500,
    reconnectionDelayMax: 3000,
  });
}
