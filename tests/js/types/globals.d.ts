// Names that esbuild's --define gives at bundling time (docs/architecture.md, "config.js").

/** Address of the bundled worker module, relative to index.html. */
declare const IGBUILD_WORKER_URL: string;

/** Address of the bundled timer worker, relative to index.html. */
declare const IGBUILD_TIMER_URL: string;
