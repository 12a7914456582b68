// Collecting: wires a game to the outbox, the uploader and the words about it on the last page.
import { button, byId, el } from "../ui/dom.js";
import { Collector } from "./collector.js";
import { openOutbox } from "./outbox.js";
import { participantId, serverAddress } from "./participant.js";
import { Uploader } from "./uploader.js";

/** @typedef {import("./chunks.js").Chunk} Chunk */

/** The last page says how it stands within this time. */
const KICK_MS = 2000;
/** Bytes that a browser still sends for a page that is gone. */
const BEACON_BYTES = 60_000;

/**
 * @param {object} parts
 * @param {import("../site_config.js").SiteConfig} parts.site
 * @param {import("../remote_game.js").RemoteGame} parts.game
 * @param {import("../session_record.js").SessionRecord} parts.record
 * @param {string} parts.participant
 * @param {string | null} parts.token of the seat; null: the server gives one to a lone player
 * @param {() => import("./collector.js").Place} parts.place
 * @returns {{stop: (reason: string) => void}}
 */
export function collect({ site, game, record, participant, token, place }) {
  if (!site.server) throw new Error("This site hands nothing in.");
  const server = serverAddress(site.server).origin;
  const start = { experiment: site.experiment.name, participant, site: site.siteId };
  const id = [...crypto.getRandomValues(new Uint32Array(4))].map((part) => part.toString(36)).join("");
  const opened = openOutbox();
  /** Parts are stored in their order, one after the other. @type {Promise<unknown>} */
  let storing = opened.then((outbox) => outbox.own({ id, server, token, start }));
  const uploading = opened.then((outbox) => {
    const uploader = new Uploader(outbox);
    uploader.onProgress = (left, refused) => tell(left, refused, async () => save(outbox, start));
    void uploader.kick(); // what an earlier page could not hand in
    setInterval(() => void uploader.kick(), KICK_MS);
    return uploader;
  });
  /** Parts of the moment in which the page goes. @type {Chunk[] | null} */
  let last = null;
  const collector = new Collector({
    site,
    game,
    record,
    place,
    keep: (chunks) => {
      last?.push(...chunks);
      storing = storing
        .then(async () => (await opened).put(id, chunks))
        .then(async () => void (await uploading).kick())
        .catch((error) => console.error("igbuild: the browser could not keep what was played", error));
    },
  });
  return {
    stop: (reason) => {
      last = [];
      collector.stop(reason);
      // The browser may not get to store these any more; the server takes them twice without harm.
      const body = JSON.stringify({ token, chunks: last });
      const going = document.visibilityState === "hidden" && last.length > 0;
      if (token && going && body.length < BEACON_BYTES) navigator.sendBeacon(`${server}/data/v1/chunks`, body);
      last = null;
    },
  };
}

/**
 * Collect what one person plays.
 *
 * @param {import("../game_parts.js").GameParts} parts
 * @param {import("../remote_game.js").RemoteGame} game
 * @param {Storage | null} store of the tab
 */
export function collectAlone({ site, record }, game, store) {
  if (!site.server) return;
  const participant = participantId(site.server, location.search, store);
  const place = () => ({ seat: 0, seats: 1, peers: [] });
  const collected = collect({ site, game, record, participant, token: null, place });
  window.addEventListener("pagehide", () => collected.stop("left"));
}

/**
 * Say on the last page how it stands.
 *
 * @param {number} left parts that wait
 * @param {string | null} refused why the server will not take some
 * @param {() => void} saveFile
 */
function tell(left, refused, saveFile) {
  const panel = byId("panel");
  const card = panel.querySelector(".card");
  if (!card || !["end", "error"].includes(document.documentElement.dataset.phase ?? "")) return;
  card.querySelector(".handing")?.remove();
  const text = left === 0 ? "What you did was handed in." : refused ? "What you did could not be handed in." : "Handing in what you did. Please keep this page open.";
  card.append(el("div", "handing", el("p", "quiet small", text), ...(left > 0 && refused ? [button("Save it as a file", saveFile)] : [])));
}

/**
 * @param {import("./outbox.js").Outbox} outbox
 * @param {{experiment: string, participant: string}} start
 */
async function save(outbox, { experiment, participant }) {
  const all = await Promise.all((await outbox.owners()).map(async (owner) => ({ owner, waiting: await outbox.first(owner.id, 1e6) })));
  const lines = all.flatMap(({ owner, waiting }) => waiting.map(({ chunk }) => JSON.stringify({ ...owner.start, token: owner.token, ...chunk })));
  const link = el("a");
  link.href = URL.createObjectURL(new Blob([`${lines.join("\n")}\n`], { type: "application/x-ndjson" }));
  link.download = `${experiment}-${participant}.jsonl`;
  link.click();
}
