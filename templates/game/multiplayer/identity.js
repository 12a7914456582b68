// Identity: what must be equal on all pages of a game, besides the session's own settings.

/**
 * @param {import("./multiplayer_parts.js").MultiplayerParts} parts
 * @param {readonly import("../site_config.js").AgentId[]} humans
 * @returns {Record<string, unknown>} as rollback/hello.js compares it
 */
export function identityOf({ site, globals, record }, humans) {
  return {
    app: `${site.experiment.name} ${site.experiment.version}`,
    envDigest: site.siteId,
    // eslint-disable-next-line no-restricted-properties -- what the site says of it
    pyodide: site.worker.pyodide.version,
    packagesDigest: site.lockHash,
    seed: record.session.sessionSeed,
    features: { humans, globals },
  };
}
