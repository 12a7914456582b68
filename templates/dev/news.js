// News of builds: one connection for this page and all its frames, as a browser has only six to a server.

/** @typedef {{build: string, error: string | null}} BuildNews */

/** `globalThis.igbuildNews`, where the frames' own client (templates/game/dev_client.js) looks for it. */
export class SharedNews {
  /** The newest, for frames that load later. @type {BuildNews | null} */
  latest = null;
  source = new EventSource("/__igbuild/events");

  /** @param {(news: BuildNews) => void} heard */
  constructor(heard) {
    for (const name of ["built", "failed"]) {
      this.source.addEventListener(name, (event) => {
        this.latest = JSON.parse(/** @type {MessageEvent} */ (event).data);
        heard(/** @type {BuildNews} */ (this.latest));
      });
    }
  }
}
