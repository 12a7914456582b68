// Key names as they are printed on keyboards, and which of them to show.
import { splitKeys } from "../input/bindings.js";

const PRINTED = Object.freeze(
  /** @type {Record<string, string>} */ ({
    ArrowUp: "↑",
    ArrowDown: "↓",
    ArrowLeft: "←",
    ArrowRight: "→",
    " ": "Space",
    Escape: "Esc",
    Control: "Ctrl",
    PageUp: "Page ↑",
    PageDown: "Page ↓",
  }),
);

/** @param {string} key `event.key` */
const printed = (key) => PRINTED[key] ?? (key.length === 1 ? key.toUpperCase() : key);

/**
 * What to print for a key or a combination.
 *
 * @param {string} name as it stands in the TOML
 * @returns {string[]} one text for each key of it
 */
export function keyCaps(name) {
  return splitKeys(name).map(printed);
}

/**
 * The keys and combinations of a table of controls that have to be told: a combination of keys that each act alone
 * tells nothing new.
 *
 * @param {readonly string[]} names `event.key` names and combinations
 * @returns {string[]} some of them, in their order
 */
export function toldKeys(names) {
  const known = new Set(names);
  return [...known].filter((name) => splitKeys(name).length === 1 || !splitKeys(name).every((key) => known.has(key)));
}

/**
 * The controls that one of several players has alone.
 *
 * @param {import("../site_config.js").SiteConfig["controls"]} controls
 * @param {import("../site_config.js").AgentId} agent
 * @param {readonly import("../site_config.js").AgentId[]} players all of them
 * @returns {import("../site_config.js").SiteConfig["controls"] | null} null: all have the same keys, or this one has none
 */
export function ownControls(controls, agent, players) {
  const { labels = {}, agents } = controls;
  const of = (/** @type {import("../site_config.js").AgentId} */ id) => (Object.hasOwn(agents, String(id)) ? agents[String(id)] : controls);
  const tables = new Set(players.map((id) => JSON.stringify(Object.entries(of(id).keys).sort())));
  const own = of(agent);
  if (tables.size === 1 || Object.keys(own.keys).length === 0) return null;
  const told = Object.entries(labels).filter(([name]) => Object.hasOwn(own.keys, name));
  return { ...own, labels: Object.fromEntries(told), agents: {} };
}

/**
 * Put together the keys that have one text.
 *
 * @param {Record<string, string>} labels key or combination to text
 * @returns {[string, string[]][]} text and its keys, in the order of the table
 */
export function byLabel(labels) {
  /** @type {Map<string, string[]>} */
  const groups = new Map();
  for (const [name, label] of Object.entries(labels)) groups.set(label, [...(groups.get(label) ?? []), name]);
  return [...groups];
}
