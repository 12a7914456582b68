// Bindings: the experiment's table of keys and actions, made ready to be matched against the keys that are down.

/** @typedef {import("../site_config.js").AgentId} AgentId */
/** @typedef {import("../site_config.js").Action} Action */
/** @typedef {import("../site_config.js").SiteConfig} SiteConfig */

/** @typedef {{keys: string[], name: string, action: Action}} Binding `name` as it stands in the TOML */

/** @typedef {{defaultAction: Action, bindings: Binding[]}} AgentBindings larger combinations first */

/**
 * Split a combination at its plus signs; the plus key itself is `+`, with another one `Shift++`.
 *
 * @param {string} name
 * @returns {string[]}
 */
export function splitKeys(name) {
  return [...name.matchAll(/(?:^|\+)(\+|[^+]+)/g)].map((match) => match[1]);
}

/** The keys of one page and what they do for each agent. */
export class Bindings {
  /** @type {ReadonlyMap<AgentId, AgentBindings>} */
  agents;
  #known;
  #fold;

  /**
   * @param {SiteConfig["controls"]} controls
   * @param {readonly AgentId[]} agents that people play at this page
   */
  constructor(controls, agents) {
    const tables = agents.map((agent) => {
      const { keys, defaultAction } = Object.hasOwn(controls.agents, String(agent)) ? controls.agents[String(agent)] : controls;
      return { agent, keys, defaultAction };
    });
    const names = new Set(tables.flatMap(({ keys }) => Object.keys(keys).flatMap(splitKeys)));
    // Caps Lock must not stop a game, unless the experiment tells "a" from "A".
    this.#fold = new Set([...names].map((name) => name.toLowerCase())).size === names.size;
    this.#known = new Set([...names].map((name) => this.name(name)));
    this.agents = new Map(
      tables.map(({ agent, keys, defaultAction }) => {
        const bindings = Object.entries(keys).map(([name, action]) => ({
          keys: splitKeys(name).map((key) => this.name(key)),
          name,
          action,
        }));
        return [agent, { defaultAction, bindings: bindings.sort((a, b) => b.keys.length - a.keys.length) }];
      }),
    );
  }

  /**
   * @param {string} key `event.key`
   * @returns {string} the name that it is matched by
   */
  name(key) {
    return this.#fold && key.length === 1 ? key.toLowerCase() : key;
  }

  /**
   * @param {string} key `event.key`
   * @returns {boolean} whether the key does something, alone or with others
   */
  has(key) {
    return this.#known.has(this.name(key));
  }
}
