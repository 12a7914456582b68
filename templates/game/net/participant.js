// The participant: who this is to the server, and the parameters of the address that are no game's.

/**
 * Names of the address's parameters that are not the environment's.
 *
 * @param {import("../site_config.js").SiteConfig} site
 * @returns {string[]}
 */
export function ownParameters({ server, people }) {
  return [...(server ? [server.participant] : []), ...(people?.attributes ?? [])];
}

/**
 * The name in the address, or a random one that this tab keeps.
 *
 * @param {Pick<import("../site_config.js").SiteConfig, "server" | "completion">} site
 * @param {string} search `location.search`
 * @param {Pick<Storage, "getItem" | "setItem"> | null} store
 * @returns {string}
 */
export function participantId({ server, completion }, search, store) {
  const name = (server ?? completion)?.participant;
  const given = name && new URLSearchParams(search).get(name);
  if (given) return accepted(given);
  const key = "igbuild/participant";
  const known = store?.getItem(key);
  if (known) return known;
  const drawn = [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  try {
    store?.setItem(key, drawn);
  } catch {
    // A storage that is full or refused: the next load of the page is somebody else's.
  }
  return drawn;
}

/**
 * @param {readonly string[]} names
 * @param {string} search `location.search`
 * @returns {Record<string, string>}
 */
export function matchAttributes(names, search) {
  const given = new URLSearchParams(search);
  return Object.fromEntries(names.flatMap((name) => (given.has(name) ? [[name, accepted(/** @type {string} */ (given.get(name)))]] : [])));
}

/**
 * A text as the server takes it: no control characters or halves of a character, at most 128 code points.
 *
 * @param {string} text
 * @returns {string}
 */
const accepted = (text) => [...text.replace(/[\p{Cc}\p{Cs}]/gu, "\ufffd")].slice(0, 128).join("");

/**
 * Where players meet and data goes.
 *
 * @param {import("../site_config.js").ServerConfig} server
 * @returns {URL}
 */
export const serverAddress = ({ url }) => new URL(url ?? location.origin);
