import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { Program } from "./program.js";

const MISTAKES = `name: mistakes
sources:
  sensors: { type: mqtt, topics: ["printing/+/sensor"] }
  keyed: { type: mqtt, topics: ["other/+/sensor"], qoss: 1 }
  typed: { type: mqqt, topics: ["other/+/sensor"] }
  unset: { type: csv, files: ["\${NO_SUCH_RECORDING}"] }
operators:
  numbers: { type: count-window, from: sensors, count: many }
  spans: { type: sliding-window, from: sensors, size: 30 seconds, every: 1s }
  lost: { type: filter, from: sensor, where: roughness > 75 }
  there: { type: filter, from: back, where: roughness > 75 }
  back: { type: filter, from: there, where: roughness > 75 }
  sensors: { type: filter, from: keyed, where: roughness > 75 }
  half: { type: filter, from: sensors, where: "roughness >" }
  windows: { type: tumbling-window, from: sensors, size: 10s }
  features: { type: extract-features, from: windows, fields: [roughness], stats: [mean] }
  absent: { type: infer, from: features, model: anomly }
  unlike: { type: infer, from: features, model: anomaly }
sinks:
  control: { type: feedback, from: sensors, adjust: { speed: 50 } }
  lost: { type: console, from: sensors }
`;

/** Each of them begins with the place and the node, and ends with how to mend it. */
const SAID = [
  'mistakes.yaml:4:52  node "keyed": unknown key "qoss". Did you mean "qos"?',
  'mistakes.yaml:5:18  node "typed": unknown source "mqqt". Did you mean "mqtt"?',
  'mistakes.yaml:6:31  node "unset": NO_SUCH_RECORDING is not set: set it or write ${NO_SUCH_RECORDING:-default}',
  'mistakes.yaml:8:56  node "numbers": count: write a number, not text',
  'mistakes.yaml:9:55  node "spans": size: write a whole number and a unit: 250ms, 10s, 5m, 1h, 2d',
  'mistakes.yaml:10:31  node "lost": no node is called "sensor". Did you mean "sensors"?',
  'mistakes.yaml:11:3  node "there": records would go in a circle: there → back → there; take one of them out of a from',
  'mistakes.yaml:13:3  node "sensors": the source of line 3 has the same name: rename one',
  'mistakes.yaml:14:47  node "half": where: column 12 of "roughness >": Expected expression after >',
  'mistakes.yaml:17:49  node "absent": there is no model "anomly" in ',
  'mistakes.yaml:18:49  node "unlike": model "anomaly" wants features that "features" does not emit: ',
  'mistakes.yaml:20:36  node "control": sink "feedback" accepts verdict, but "sensors" emits reading; ',
  'mistakes.yaml:21:3  node "lost": the operator of line 10 has the same name: rename one',
];

const BROKEN = 'name: broken\nsources:\n  sensors: { type: mqtt, topics: ["a/{b }\n';
const IN_ORDER = `name: in-order
sources:
  sensors: { type: mqtt, topics: ["printing/+/sensor"] }
sinks:
  rows: { type: console, from: sensors }
`;
const DISAPPOINTING = IN_ORDER.replace("in-order", "unread").replace(
  "sinks:",
  "  unread: { type: mqtt, topics: [a] }\nsinks:",
);

describe("a pipeline file that is wrong", () => {
  let folder: string;
  let listener: Server;
  let connections: number;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "validate-"));
    for (const [name, text] of Object.entries({ MISTAKES, BROKEN, "in-order": IN_ORDER, DISAPPOINTING }))
      await writeFile(join(folder, `${name.toLowerCase()}.yaml`), text);
    connections = 0;
    listener = createServer((socket) => {
      connections++;
      socket.on("error", () => undefined).resume();
    }).listen(0, "127.0.0.1");
    await once(listener, "listening");
  });
  afterEach(async () => {
    listener.close();
    await rm(folder, { recursive: true });
  });

  /** The program in the folder of the files; its broker and its database are the listener, which says nothing. */
  function start(...args: string[]): Program {
    const { port } = listener.address() as AddressInfo;
    const servers = { MQTT_URL: `mqtt://127.0.0.1:${port}`, INFLUXDB_URL: `http://127.0.0.1:${port}` };
    return new Program({ STATE_DIR: folder, INFLUXDB_TOKEN: "x", ...servers }, args, folder);
  }

  async function outcome(...args: string[]): Promise<{ code: number | null; out: string[]; err: string[] }> {
    const program = start(...args);
    const { code } = await program.ended;
    const out = program.stdout.split("\n").filter((line) => line !== "");
    return { code, out, err: program.log.map(({ message }) => message) };
  }

  const beginnings = (lines: readonly string[]) => lines.map((line, i) => line.slice(0, SAID[i]?.length));

  it("is told all that is wrong by validate, each with its place, and nothing is connected to", async () => {
    const { code, out, err } = await outcome("validate", "mistakes.yaml");
    expect(beginnings(out)).toEqual(SAID);
    expect({ code, err, connections }).toEqual({ code: 2, err: [], connections: 0 });
  });

  it("is told the same by run, and nothing is connected to", async () => {
    const { code, out, err } = await outcome("run", "mistakes.yaml");
    expect(beginnings(err)).toEqual(SAID);
    expect({ code, out, connections }).toEqual({ code: 2, out: [], connections: 0 });
  });

  it("does not keep the others from being looked at: one that is no YAML, one that is not there", async () => {
    const files = ["broken.yaml", "nowhere.yaml", "in-order.yaml", "mistakes.yaml"];
    const { code, out } = await outcome("validate", ...files);
    expect(code).toBe(2);
    expect(out[0]).toMatch(/^broken\.yaml:\d:\d+ {2}not YAML: /);
    expect(out.slice(1, 3)).toEqual([
      "nowhere.yaml:1:1  there is no such file; give the path of a YAML file, as in config/pipelines/quality.yaml",
      ...beginnings(out.slice(2, 3)),
    ]);
    expect(out).toHaveLength(2 + SAID.length + 1);
    expect(out.at(-1)).toBe("in-order.yaml: fine, 2 nodes");
  });

  it("is told apart from one that only disappoints, unless warnings shall count", async () => {
    const said = 'disappointing.yaml:4:3  warning: node "unread": nobody reads it: name it in a from, or leave it out';
    expect(await outcome("validate", "disappointing.yaml")).toEqual({ code: 0, out: [said], err: [] });
    expect(await outcome("validate", "--strict", "disappointing.yaml")).toEqual({ code: 2, out: [said], err: [] });
    const { code, out } = await outcome("validate", "--json", "disappointing.yaml");
    expect(code).toBe(0);
    expect(JSON.parse(out.join(""))).toEqual({
      problems: [expect.objectContaining({ severity: "warning", node: "unread", line: 4, column: 3 })],
    });
  });

  it("would have been connected with, had it been in order", async () => {
    const program = start("run", "in-order.yaml");
    await once(listener, "connection");
    await program.end("SIGKILL");
    expect(connections).toBeGreaterThan(0);
  });
});
