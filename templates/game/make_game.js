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
//% if multiplayer or collect
import { ownParameters } from "./net/participant.js";
//% endif

/** @typedef {import("./site_config.js").SiteConfig} SiteConfig */

/**
 * @param {SiteConfig} site
 * @returns {string[]} parameters of the page's address that mean something to the page itself
 */
export function pageParameters(site) {
  /** @type {string[]} */
  const names = [];
  //% if multiplayer or collect
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
  //% if multiplayer
  if (screens instanceof PeopleScreens) return playTogether(parts, { screens, worker, store });
  //% endif
  void [screens, worker, store];
  const game = new RemoteGame(parts);
  //% if collect
  if (parts.site.server) collectAlone(parts, game, store);
  //% endif
  return game;
}
