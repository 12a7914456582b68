// Wire v1, byte for byte. The vectors are never edited: other bytes are another version, with a file of its own.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { makeConfig } from "../../../templates/game/rollback/config.js";
import { readControl, writeControl } from "../../../templates/game/rollback/control.js";
import { WIRE_VERSION, decode, encodeInput, encodePing } from "../../../templates/game/rollback/wire.js";

const text = readFileSync(new URL("wire-v1.json", import.meta.url), "utf8");
const vectors = JSON.parse(text);
const FROZEN = "883f4e9c596c93fc82393a051bdd24f554448ba7a26939a8b5353d5f084cd08f";

/** @param {any} message @returns {any} its inputs as bytes */
function withBytes(message) {
  const inputs = message.inputs ? { inputs: message.inputs.map((/** @type {number[]} */ input) => Uint8Array.from(input)) } : {};
  return { ...message, ...inputs, ...(message.resumes ? { resumes: message.resumes.map(withBytes) } : {}) };
}

/** @param {Uint8Array} bytes */
const toHex = (bytes) => Buffer.from(bytes).toString("hex");
/** @param {string} hex */
const fromHex = (hex) => new Uint8Array(Buffer.from(hex, "hex"));

test("the vectors of version 1 are as they were frozen", () => {
  assert.equal(WIRE_VERSION, vectors.version, "a new wire needs new vectors: add wire-v2.json, and keep this one");
  assert.equal(createHash("sha256").update(text).digest("hex"), FROZEN, "wire-v1.json must not be edited; a change of the wire is a new version");
});

describe("packets", () => {
  for (const [name, { message, bytes }] of Object.entries(vectors.input)) {
    test(`with ${name} are written and read as frozen`, () => {
      assert.equal(toHex(encodeInput(withBytes(message))), bytes);
      assert.deepEqual(decode(fromHex(bytes)), withBytes(message));
    });
  }
  for (const [name, { message, bytes }] of Object.entries(vectors.ping)) {
    test(`that are a ${name} are written and read as frozen`, () => {
      assert.equal(toHex(encodePing(message)), bytes);
      assert.deepEqual(decode(fromHex(bytes)), message);
    });
  }
  for (const [name, bytes] of Object.entries(vectors.refused)) {
    test(`with ${name} are refused`, () => assert.equal(decode(fromHex(bytes)), null));
  }
  test("may lie anywhere in a buffer", () => {
    const { message, bytes } = vectors.input["six pending inputs and a chain"];
    const packet = fromHex(bytes);
    const buffer = new Uint8Array(packet.length + 7);
    buffer.set(packet, 5);
    assert.deepEqual(decode(buffer.subarray(5, 5 + packet.length)), withBytes(message));
  });
});

test("control messages are written and read as frozen", () => {
  const config = makeConfig({ players: 3, me: 0, fps: 30, actionBytes: vectors.controlInputBytes - 1, tag: 0 });
  for (const { message, json } of vectors.control) {
    assert.deepEqual(JSON.parse(JSON.stringify(writeControl(withBytes(message)))), json);
    assert.deepEqual(readControl(json, config), withBytes(message));
  }
});
