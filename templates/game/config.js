// The one module that holds values: everything the page knows about the experiment.

/** @type {import("./site_config.js").SiteConfig} */
export const site = /** @type {any} */ ("<%= site %>");
