// Development only: a failure's traceback lies open on the page, and stands in the console and the terminal too.
import { describeFailure } from "./ui/failure.js";

/** As much of a traceback as the server takes. */
const LONGEST = 20_000;

/** @param {string} text */
function tellTerminal(text) {
  const body = text.slice(0, LONGEST);
  // A server that has gone is told of by dev_client.js.
  fetch("/__igbuild/failures", { method: "POST", headers: { "content-type": "text/plain" }, body }).catch(() => {});
}

/** The developer is whom the participant is told to tell. */
function openDetails() {
  document.querySelector("#panel .advice")?.remove();
  for (const details of document.querySelectorAll("#panel details")) details.setAttribute("open", "");
}

/**
 * Report whatever is shown as a failure from now on.
 *
 * @param {Pick<import("./ui/screens.js").Screens, "error" | "isFailure">} screens
 */
export function reportFailures(screens) {
  const show = screens.error.bind(screens);
  screens.error = (error) => {
    show(error);
    if (!screens.isFailure(error)) return;
    openDetails();
    const { type, message, details } = describeFailure(error);
    const text = details || (type ? `${type}: ${message}` : message);
    console.error(text);
    tellTerminal(text);
  };
}
