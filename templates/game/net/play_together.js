// Playing together: a game of several people, wired to the hub and to its peers' pages.
import { MultiplayerPyodideGame } from "../multiplayer_game.js";
//% if collect
import { collect } from "./collect.js";
//% endif
import { AbsenceLimit } from "./absence_limit.js";
import { TogetherNoMore } from "./endings.js";
import { freezesHiddenPages } from "./freezing.js";
import { HubClient } from "./hub_client.js";
import { Meeting } from "./meeting.js";
//% if dev
import { stamp } from "../../worker/protocol.js";
import { FlightRecorder } from "../multiplayer/flight_recorder.js";
import { NetworkLab } from "./network_lab.js";
//% endif
import { matchAttributes, serverAddress } from "./participant.js";
import { openSocket } from "./socket_io.js";

/** Why a page goes whose player did not come back in time. */
const AWAY = "away";

/**
 * @param {import("../game_parts.js").GameParts} parts
 * @param {object} edges
 * @param {import("../ui/people_screens.js").PeopleScreens} edges.screens
 * @param {import("../../worker/PyodideWorker.js").PyodideWorker} edges.worker
 * @param {string} edges.participant
 * @param {import("../ui/farewell.js").Farewell | null} edges.farewell null where nothing is told at the end
 * @returns {MultiplayerPyodideGame}
 */
export function playTogether(parts, { screens, worker, participant, farewell }) {
  const { site, record } = parts;
  const { server, people } = site;
  if (!server || !people) throw new Error("This site was built for one player.");
  /** @type {Meeting | null} */
  let meeting = null;
  /** @type {import("./collect.js").Collecting | null} */
  let collected = null;
  const who = {
    experiment: site.experiment.name,
    participant,
    site: site.siteId,
    attributes: matchAttributes(people.attributes, location.search, site.globals, parts.globals),
  };

  /** @type {{lab?: import("./network_lab.js").NetworkLab}} */
  const bad = {};
  /** @type {{recorder?: import("../multiplayer/flight_recorder.js").FlightRecorder}} */
  const watched = {};
  //% if dev
  bad.lab = new NetworkLab(site.game.seed ?? 0);
  watched.recorder = new FlightRecorder(worker, stamp);
  Object.assign(globalThis, { igbuildLab: bad.lab, igbuildRecorder: watched.recorder });
  //% endif

  screens.sleep = (ms) => parts.ticker.sleep(ms);
  const match = async () => {
    await screens.welcome(record.session);
    meeting = new Meeting({
      hub: new HubClient(openSocket(serverAddress(server))),
      who,
      people,
      screens,
      now: () => performance.now(),
      Connection: globalThis.RTCPeerConnection,
      ...bad,
    });
    meeting.onPath = (seat, lost) => game.setRecovering(seat, lost);
    meeting.onRelayed = () => game.goesOn && screens.lasting("There is no direct connection any more: the game goes through the server.");
    meeting.onBye = (seat, reason) => reason === AWAY && screens.away.add(seat);
    const found = await meeting.meet();
    screens.me = site.players.humans?.[found.me] ?? null;
    const { mesh, seat } = meeting;
    if (mesh?.viaHub.length) screens.lasting("There is no direct connection: the game goes through the server.");
    //% if collect
    const place = () => ({ seat: found.me, seats: seat?.seats ?? 0, peers: mesh?.paths ?? [] });
    if (farewell) collected = collect({ site, game, record, participant, seat, place, farewell });
    //% endif
    void [mesh, seat];
    return found;
  };

  const game = new MultiplayerPyodideGame({ ...parts, screens, worker, match, freezes: freezesHiddenPages(navigator), ...watched });
  const limit = people.focusMs === null ? null : limitAbsence(people.focusMs);
  /** @param {number} ms */
  function limitAbsence(ms) {
    // From the first step to the end of the last round, the time between rounds included.
    const underWay = () => {
      const played = record.session.episodes.length;
      return played < site.game.episodes && (played > 0 || game.phase === "playing");
    };
    const absence = new AbsenceLimit({
      limit: ms,
      hidden: () => parts.hidden() && underWay(),
      now: () => performance.now(),
      onOver: () => {
        meeting?.mesh?.bye(AWAY);
        game.fail(new TogetherNoMore("focus_timeout", people?.messages.focusTimeout ?? ""));
      },
    });
    document.addEventListener("visibilitychange", () => absence.look());
    return absence;
  }

  window.addEventListener("pagehide", () => {
    collected?.leave();
    game.leave();
    meeting?.leave();
  });
  screens.onOver = (reason) => {
    limit?.stop();
    collected?.stop(reason);
    void meeting?.finish(reason);
    farewell?.over(reason);
  };
  return game;
}
