// The last page's words below the scores: what is told, and that screen readers hear of it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Farewell } from "../../../templates/game/ui/farewell.js";

/** As much of an element as the farewell needs. */
class FakeElement {
  className = "";
  /** @type {(FakeElement | string)[]} */
  children = [];
  /** @type {Record<string, string>} */
  attributes = {};
  changes = 0;
  /** @type {() => void} */
  click = () => {};

  append(/** @type {(FakeElement | string)[]} */ ...children) {
    this.children.push(...children);
  }

  replaceChildren(/** @type {(FakeElement | string)[]} */ ...children) {
    this.children = children;
    this.changes++;
  }

  setAttribute(/** @type {string} */ name, /** @type {string} */ value) {
    this.attributes[name] = value;
  }

  addEventListener(/** @type {string} */ _name, /** @type {() => void} */ heard) {
    this.click = heard;
  }

  /** @returns {string} */
  get textContent() {
    return this.children.map((child) => (typeof child === "string" ? child : child.textContent)).join("");
  }

  set textContent(text) {
    this.children = [text];
  }

  /** @returns {FakeElement[]} */
  get all() {
    return [this, ...this.children.flatMap((child) => (typeof child === "string" ? [] : child.all))];
  }
}

/** @param {object} [completion] */
function farewell(completion) {
  globalThis.document = /** @type {any} */ ({ createElement: () => new FakeElement() });
  const who = /** @type {any} */ ({ session: { globals: {}, parameters: {}, completionCode: null }, participant: "p" });
  const told = new Farewell(/** @type {any} */ (completion), who, () => {});
  const element = /** @type {FakeElement} */ (/** @type {unknown} */ (told.element));
  return { told, element, statuses: () => element.all.filter(({ attributes }) => attributes.role === "status") };
}

test("how it stands and the code are told by elements that stay, and only when they change", () => {
  const { told, element, statuses } = farewell({ after: ["completed"], code: "C1", redirect: null, countdown: 0, participant: "id" });
  const before = statuses();
  told.handing("pending");
  told.over("completed");
  assert.match(element.textContent, /^Handing in what you did/);
  told.handing("late");
  assert.match(before[0].textContent, /goes on trying/);
  assert.match(before[1].textContent, /C1$/);
  told.handing("done");
  told.over("completed");
  assert.deepEqual(statuses(), before);
  assert.deepEqual(before.map(({ textContent }) => textContent), ["What you did was handed in.", "Your completion codeC1"]);
  assert.deepEqual(before.map(({ changes }) => changes), [3, 1]);
});

test("whoever saves a file is told that others' data may be in it", () => {
  const { told, element } = farewell();
  let saved = 0;
  told.onSave = () => saved++;
  told.over("failed");
  told.handing("done");
  assert.ok(!element.textContent.includes("file"));
  told.handing("refused");
  assert.match(element.textContent, /of other people too/);
  element.all.find(({ textContent }) => textContent === "Save it as a file")?.all.forEach(({ click }) => click());
  assert.equal(saved, 1);
});
