// The control line: messages over a channel that dies, and then over one that loses nothing.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ControlLine } from "../../../templates/game/net/control_line.js";

test("whatever a dying channel delivered, acknowledged or lost, each message is heard once and in order", () => {
  const heardOf = fc.integer({ min: 0, max: 20 });
  fc.assert(
    fc.property(heardOf, heardOf, heardOf, fc.boolean(), (count, delivered, acknowledged, late) => {
      const [one, two] = [new ControlLine(), new ControlLine()];
      const sent = Array.from({ length: count }, (_, i) => one.write({ i }));
      const arrived = sent.slice(0, delivered);
      const heard = arrived.slice(0, late ? arrived.length - 1 : undefined).flatMap((message) => two.hear(message));
      one.acknowledged(Math.min(acknowledged, two.due));
      const again = one.release();
      assert.equal(one.isHeard, true);
      heard.push(...again.flatMap((message) => two.hear(message)));
      heard.push(...arrived.flatMap((message) => two.hear(message))); // the channel's last ones come later still
      one.write({ i: count });
      heard.push(...one.release().flatMap((message) => two.hear(message)));
      assert.deepEqual(heard, Array.from({ length: count + 1 }, (_, i) => ({ i })));
    }),
  );
});

test("a message that overtook another waits for it", () => {
  const [one, two] = [new ControlLine(), new ControlLine()];
  const [first, second, third] = ["a", "b", "c"].map((data) => one.write(data));
  assert.deepEqual(two.hear(third), []);
  assert.deepEqual(two.hear(first), ["a"]);
  assert.deepEqual(two.hear(second), ["b", "c"]);
  assert.equal(two.due, 3);
});

test("what is acknowledged is not kept, and nonsense acknowledges nothing", () => {
  const line = new ControlLine();
  line.write("a");
  line.write("b");
  for (const nonsense of [undefined, "x", {}, NaN]) line.acknowledged(nonsense);
  line.acknowledged(1);
  assert.equal(line.isHeard, false);
  assert.deepEqual(line.release(), [{ n: 1, data: "b" }]);
});

test("what is no numbered message is left out, and not too many wait", () => {
  const line = new ControlLine();
  for (const nonsense of [null, 3, "x", {}, { n: "0" }, { n: -1 }, { n: 0.5 }]) assert.deepEqual(line.hear(nonsense), []);
  for (let n = 1; n < 2000; n++) line.hear({ n, data: n });
  const turn = line.hear({ n: 0, data: 0 });
  assert.ok(turn.length > 1 && turn.length < 1000);
});
