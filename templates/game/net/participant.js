// The participant: who this is to the server, and the parameters of the address that are no game's.

/** As many as the server takes; what goes beyond is compared before the game. */
const MAX_ATTRIBUTES = 32;

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
 * What the players of a game must have in common: the parameters that people are matched by, and what the address
 * gives the environment. That counts as it was read, so that `?speed=2` and `?speed=2.0` play together, and is left out
 * where it is the default.
 *
 * @param {readonly string[]} names of the parameters that people are matched by
 * @param {string} search `location.search`
 * @param {Record<string, import("../site_config.js").GlobalSpec>} specs of the environment's parameters
 * @param {Record<string, import("../site_config.js").GlobalValue>} globals their values
 * @returns {Record<string, string>}
 */
export function matchAttributes(names, search, specs, globals) {
  const given = new URLSearchParams(search);
  const alone = names.filter((name) => given.has(name) && !Object.hasOwn(specs, name)).map((name) => [name, given.get(name)]);
  const other = Object.entries(globals).filter(([name, value]) => value !== specs[name].default);
  return Object.fromEntries([...alone, ...other].slice(0, MAX_ATTRIBUTES).map(([name, value]) => [name, accepted(String(value))]));
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
