import assert from "node:assert/strict";
import test from "node:test";
import { drawCode, givenAfter } from "../../../templates/game/completion.js";

const COMPLETION = {
  code: null, drawCode: false, redirect: null, countdown: 5, after: ["completed", "partner_left"], participant: "PROLIFIC_PID",
};
const WHO = {
  session: { globals: { speed: 2.5, mood: "a b" }, parameters: { STUDY_ID: "x/ü&y", PROLIFIC_PID: "ann" }, completionCode: null },
  participant: "ann",
};

test("a drawn code has eight letters that cannot be mistaken for others", () => {
  assert.equal(drawCode(new Uint8Array([0, 31, 32, 255, 1, 2, 3, 4])), "2Z2Z3456");
  assert.match(drawCode(), /^[2-9A-HJ-NP-Z]{8}$/);
  assert.notEqual(drawCode(), drawCode());
});

test("something is given after the endings that are listed, and no other", () => {
  const completion = { ...COMPLETION, code: "C1" };
  assert.deepEqual(givenAfter(completion, WHO, "partner_left"), { code: "C1", url: null, countdown: 5 });
  assert.equal(givenAfter(completion, WHO, "focus_timeout"), null);
  assert.equal(givenAfter(undefined, WHO, "completed"), null);
});

test("the session's own code goes before one for all", () => {
  const who = { ...WHO, session: { ...WHO.session, completionCode: "OWN" } };
  const completion = { ...COMPLETION, drawCode: true, redirect: "https://survey.example/?cc={code}&why={reason}" };
  assert.deepEqual(givenAfter(completion, who, "completed"), { code: "OWN", url: "https://survey.example/?cc=OWN&why=completed", countdown: 5 });
});

test("names in the address are replaced by what they stand for, percent-encoded; what was not given by nothing", () => {
  const redirect = "https://survey.example/{mood}?p={participant}&q={PROLIFIC_PID}&s={STUDY_ID}&v={speed}&n={SESSION_ID}#{participant}";
  const given = givenAfter({ ...COMPLETION, redirect }, WHO, "completed");
  assert.equal(given?.url, "https://survey.example/a%20b?p=ann&q=ann&s=x%2F%C3%BC%26y&v=2.5&n=#ann");
});

test("nothing that a participant writes into the address changes where it leads", () => {
  const redirect = "https://survey.example/end/{participant}?x={STUDY_ID}";
  const who = { participant: "../..//evil.example/?", session: { ...WHO.session, parameters: { STUDY_ID: "1#{code}&redirect=https://evil.example" } } };
  const url = new URL(givenAfter({ ...COMPLETION, redirect }, who, "completed")?.url ?? "");
  assert.equal(url.host, "survey.example");
  assert.equal(url.pathname, "/end/..%2F..%2F%2Fevil.example%2F%3F");
  assert.deepEqual([...url.searchParams], [["x", "1#{code}&redirect=https://evil.example"]]);
});

test("who came without a name goes on under the one that was drawn", () => {
  const who = { participant: "drawn", session: { ...WHO.session, parameters: {} } };
  const given = givenAfter({ ...COMPLETION, redirect: "https://a.example/{PROLIFIC_PID}" }, who, "completed");
  assert.equal(given?.url, "https://a.example/drawn");
});
