// Which game a page plays, and its screens; a site carries only the code of its own kind.
import { RemoteGame } from "./remote_game.js";
import { Screens } from "./ui/screens.js";
//% if multiplayer
import { playTogether } from "./net/play_together.js";
import { PeopleScreens } from "./ui/people_screens.js";
//% endif
//% if collect
import { collectAlone } from "./net/collect.js";
//% endif
//% if multiplayer or collect or completion
import { ownParameters, participantId } from "./net/participant.js";
//% endif
//% if collect or completion
import { Farewell } from "./ui/farewell.js";
//% endif

/** @typedef {import("./site_config.js").SiteConfig} SiteConfig */

/**
 * @param {SiteConfig} site
 * @returns {string[]} parameters of the page's address that mean something to the page itself
 */
export function pageParameters(site) {
  /** @type {string[]} */
  const names = [];
  //% if multiplayer or collect or completion
  names.push(...ownParameters(site));
  //% endif
  return names;
}

/**
 * @param {SiteConfig} site
 * @param {() => void} again begins another session
 * @returns {Screens}
 */
export function makeScreens(site, again) {
  //% if multiplayer
  if (site.people) return new PeopleScreens(site, again);
  //% endif
  return new Screens(site, again);
}

/**
 * @param {import("./game_parts.js").GameParts} parts
 * @param {object} edges
 * @param {Screens} edges.screens
 * @param {import("../worker/PyodideWorker.js").PyodideWorker} edges.worker
 * @param {Storage | null} edges.store of the tab
 * @returns {RemoteGame}
 */
export function makeGame(parts, { screens, worker, store }) {
  const { site, record } = parts;
  const who = { session: record.session, participant: "" };
  //% if multiplayer or collect or completion
  who.participant = participantId(site, location.search, store);
  //% endif
  /** @type {import("./ui/farewell.js").Farewell | null} */
  let farewell = null;
  //% if collect or completion
  farewell = new Farewell(site.completion, who);
  screens.below = farewell.element;
  //% endif
  //% if multiplayer
  if (screens instanceof PeopleScreens) return playTogether(parts, { screens, worker, participant: who.participant, farewell });
  //% endif
  void [worker, store, who];
  const game = new RemoteGame(parts);
  /** @type {{stop: (reason: string) => void} | null} */
  let collected = null;
  //% if collect
  if (site.server && farewell) collected = collectAlone(parts, game, { participant: who.participant, farewell });
  //% endif
  screens.onOver = (reason) => {
    collected?.stop(reason);
    farewell?.over(reason);
  };
  return game;
}
