// What test_runtime_pyodide.py asks of the runtime in Pyodide; prints one JSON object.
import { setTimeout as sleep } from "node:timers/promises";
import { stdout } from "node:process";

const { py } = globalThis;

const probe = py.pyimport("probe");
const found = { python: probe.version(), wrong: JSON.parse(probe.wrong_answers()) };

py.FS.writeFile("note.txt", "a note");
const bridge = py.pyimport("igbuild.runtime.bridge");
const globals = { kind: { type: "str" } };
const boot = (settings) => bridge.boot(JSON.stringify({ globals, ...settings }));
const send = (ops) => bridge.handle(JSON.stringify({ ops: ops.map(([op, params]) => ({ op, params })) }));
const begin = (kind) => [["initEnv", { globals: { kind } }], ["reset", { seed: 1 }]];
const step = ["step", { actions: [1, 0] }];

boot({ entryPoint: "toy:make" });
found.stub = probe.imports_multiprocessing();
found.pair = JSON.parse(send([...begin("pair"), step, ["computeHash"]])).results[3].hash;

const frame = send([...begin("solo"), ["step", { actions: [1] }], ["render", {}]]);
found.frame = {
  array: Array.isArray(frame),
  pixels: JSON.parse(frame[0]).results[3].render_state.pixels,
  kind: frame[1].constructor.name,
  tight: frame[1].length === frame[1].buffer.byteLength,
  head: [...frame[1].slice(0, 6)],
};
found.failure = JSON.parse(send([...begin("recurses"), ["step", { actions: [1] }]])).error;

send(begin("pair"));
const requests = () => {
  for (let i = 0; i < 500; i++) send([step, ["computeHash"], ["saveState", { frame: 1 }]]);
  send([...begin("solo"), ["render", {}]]);
  send(begin("pair"));
};
requests();
const before = probe.count_objects();
requests();
found.growth = probe.count_objects() - before;

boot({ entryPoint: "toy:make", bots: { 1: { onnx: "model.onnx", sample: "argmax" } } });
const asked = [];
bridge.connect(async (agent, json, buffers) => {
  asked.push([agent, JSON.parse(json), Array.isArray(buffers)]);
  await sleep(1);
  return Float32Array.of(0, 3, 1);
});
const ops = [...begin("pair"), step, ["step", { actions: [1, null] }]].map(([op, params]) => ({ op, params }));
const waiting = bridge.handle_async(JSON.stringify({ ops }));
found.scored = JSON.parse(await waiting).results.slice(2).map(({ actions }) => actions);
waiting.destroy?.();
found.asked = asked;
found.refused = JSON.parse(send([["step", { actions: [1, null] }]])).error?.name;

stdout.write(`${JSON.stringify(found)}\n`);
