// Names that esbuild's --define gives at bundling time (docs/architecture.md, "config.js").

/** Address of the bundled worker module, relative to index.html. */
declare const IGBUILD_WORKER_URL: string;

/** Address of the bundled timer worker, relative to index.html. */
declare const IGBUILD_TIMER_URL: string;

/** The library's bundle for browsers; what is used of it stands in templates/game/net/hub_client.js. */
declare module "socket.io-client/dist/socket.io.js" {
  const io: (address: string, options: Record<string, unknown>) => any;
  export default io;
}
