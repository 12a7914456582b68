// The text above the picture: the experiment's template, filled in.
/** @typedef {import("./site_config.js").AgentId} AgentId */

/**
 * @typedef {object} HudFacts
 * @property {number} steps of the episode so far
 * @property {ReadonlyMap<AgentId, number>} scores an agent that got no reward yet is absent
 * @property {number} episode 0 for the first
 * @property {number} episodes
 * @property {number} maxSteps
 * @property {number} fps
 * @property {AgentId} agent whose score `{score}` is
 * @property {ReadonlyMap<AgentId, string>} names
 */

/**
 * A number as a participant reads it: whole, or with at most two decimals.
 *
 * @param {number} value
 * @returns {string}
 */
export function formatNumber(value) {
  if (!Number.isFinite(value)) return String(value).replace("Infinity", "∞").replace("NaN", "–");
  return String(Number(value.toFixed(2)) + 0);
}

/**
 * @param {string} name between the braces
 * @param {HudFacts} facts
 * @returns {string | undefined} undefined: no such name
 */
function valueOf(name, { steps, scores, episode, episodes, maxSteps, fps, agent, names }) {
  switch (name) {
    case "score":
      return formatNumber(scores.get(agent) ?? 0);
    case "step":
      return String(steps);
    case "max_steps":
      return String(maxSteps);
    case "episode":
      return String(episode + 1);
    case "episodes":
      return String(episodes);
    case "time_left":
      return String(Math.ceil((maxSteps - steps) / fps));
    case "player":
      return names.get(agent) ?? String(agent);
  }
  if (!name.startsWith("score.")) return undefined;
  const wanted = name.slice("score.".length);
  for (const [other, sum] of scores) if (String(other) === wanted) return formatNumber(sum);
  return "0";
}

/**
 * Fill in `{score}`, `{score.AGENT}`, `{step}`, `{max_steps}`, `{episode}`, `{episodes}`, `{time_left}` (whole
 * seconds) and `{player}`; `{{` and `}}` are braces.
 *
 * @param {string} template
 * @param {HudFacts} facts
 * @returns {string}
 */
export function hudText(template, facts) {
  return template.replace(/\{\{|\}\}|\{([^{}]*)\}/g, (whole, name) => {
    if (name === undefined) return whole[0];
    return valueOf(name, facts) ?? whole;
  });
}
