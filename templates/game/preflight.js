// Preflight: a classic script, run before the game's modules, that says why they cannot run instead of a blank page.
(() => {
  /** @param {string} text */
  function say(text) {
    document.documentElement.dataset.phase = "unsupported";
    const panel = document.getElementById("panel");
    if (!panel) return;
    const card = document.createElement("div");
    const headline = document.createElement("h1");
    const sentence = document.createElement("p");
    card.className = "card";
    headline.textContent = "The game cannot start here";
    sentence.textContent = text;
    card.append(headline, sentence);
    panel.replaceChildren(card);
    panel.hidden = false;
  }

  /** @returns {string | null} what is missing */
  function missing() {
    if (location.protocol === "file:") {
      return "This page was opened as a file, and browsers let games run only from a web server. If you built it: run “igbuild serve” and open the address that it prints.";
    }
    const lacks = [];
    if (!("noModule" in HTMLScriptElement.prototype)) lacks.push("JavaScript modules");
    if (typeof WebAssembly !== "object") lacks.push("WebAssembly");
    if (typeof Worker !== "function") lacks.push("workers");
    if (lacks.length === 0) return null;
    return `This browser has no ${lacks.join(", no ")}. Please use a current Firefox, Chrome, Edge or Safari.`;
  }

  const reason = missing();
  if (reason) {
    window.addEventListener("DOMContentLoaded", () => say(reason));
    return;
  }
  // A script that does not arrive is told to its element only, and such events do not bubble.
  window.addEventListener(
    "error",
    ({ target }) => {
      if (!(target instanceof HTMLScriptElement)) return;
      say("A part of this page could not be downloaded. Please check your internet connection and reload the page.");
    },
    true,
  );
})();
