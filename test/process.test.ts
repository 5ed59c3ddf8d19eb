import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { Program, until } from "./program.js";

const PIPELINES = fileURLToPath(new URL("../config/pipelines", import.meta.url));
const QUALITY = join(PIPELINES, "quality.yaml");

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "process-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function start(args: readonly string[], settings: Readonly<Record<string, string>> = {}): Program {
  return new Program({ STATE_DIR: folder, TFJS_BACKEND: "cpu", ...settings }, args);
}

/** Runs it to its end. */
async function run(
  args: readonly string[],
  settings: Readonly<Record<string, string>> = {},
): Promise<{ code: number | null; out: string; err: string }> {
  const program = start(args, settings);
  const { code } = await program.ended;
  return { code, out: program.stdout, err: program.output.slice(program.stdout.length) };
}

const STOPPING = "stopping: what was read is finished; another Ctrl-C ends at once";

/** Simulated printers in real time, into a file of ours. */
async function recorder(sink: string): Promise<string> {
  const path = join(folder, "recorder.yaml");
  await writeFile(
    path,
    `name: recorder
sources:
  printers: { type: synthesizer, printers: 2, rate: 50, control: "" }
sinks:
  out: ${sink}
`,
  );
  return path;
}

describe("Ctrl-C", () => {
  it("finishes what was read and ends well", async () => {
    const file = join(folder, "out.csv");
    const program = start(["run", await recorder(`{ type: csv, from: printers, file: "${file}", replace: true }`)]);
    await program.line("running");
    expect(await program.end("SIGINT")).toEqual({ code: 0, signal: null });
    const { read, written } = await program.line("ended");
    expect(written).toBe(read);
    expect((await readFile(file, "utf8")).trimEnd().split("\n").length - 1).toBe(read);
  });

  it("is heard while things are still being opened", async () => {
    const program = start(["run", QUALITY]);
    await program.line("embedded MQTT broker listens");
    expect(await program.end("SIGINT")).toEqual({ code: 0, signal: null });
  });

  it("ends at once when pressed again", async () => {
    // Nobody listens there, so the records cannot be written and the end would wait for them.
    const pipeline = await recorder("{ type: mqtt, from: printers, topic: somewhere/else }");
    const program = start(["run", pipeline], { MQTT_URL: "mqtt://127.0.0.1:9" });
    await program.line("cannot write, trying again");
    program.signal("SIGINT");
    await program.line(STOPPING);
    expect(await program.end("SIGINT")).toEqual({ code: 130, signal: null });
    expect(program.logged("ended")).toEqual([]);
  });
});

describe("what is wrong on the command line", () => {
  it.each([
    ["a command", ["repaly", "a.csv"], /no command "repaly". Did you mean "replay"\?/],
    ["a command like no other", ["xyzzy"], /no command "xyzzy". There are: run, validate/],
    ["an option", ["validate", "--jsn"], /unknown option '--jsn'[^]*--json/],
    ["a setting", ["validate", "--set", "LOG_LEVEL=loud"], /LOG_LEVEL/],
    ["a path near another", ["run", join(PIPELINES, "qualty.yaml")], /no such file. Did you mean ".*quality.yaml"\?/],
    ["a path near none", ["run", "none/such.yaml"], /none\/such.yaml.*there is no such file; give the path/],
    ["a path without run", ["none.yaml"], /none.yaml.*there is no such file/],
    ["a folder", ["run", PIPELINES], /it is a folder/],
    ["a recording", ["replay", "none.csv"], /none.csv/],
    ["a missing argument", ["history"], /missing required argument/],
  ])("is said of %s, with exit code 2", async (_, args, message) => {
    const { code, out, err } = await run(args);
    expect(err).toMatch(message);
    expect(err).not.toMatch(/\n +at /);
    expect(out).toBe("");
    expect(code).toBe(2);
  });
});

describe("several pipelines", () => {
  const feeder = (file: string) =>
    `name: feeder
sources: { recorded: { type: csv, files: ["${file}"] } }
sinks: { broker: { type: mqtt, from: recorded, topic: "relay/{key}" } }
`;
  const reader = (file: string) =>
    `name: reader
sources: { relayed: { type: mqtt, topics: ["relay/+"], decode: sensor-reading, skew: { past: 100000d, future: 100000d } } }
sinks: { out: { type: csv, from: relayed, file: "${file}", replace: true } }
`;

  it("feed one another over the broker", async () => {
    const [recording, out] = [join(folder, "in.csv"), join(folder, "out.csv")];
    const rows = Array.from({ length: 20 }, (_, i) => `p,2026-01-01T00:00:${10 + i}Z,${i}`);
    await writeFile(recording, ["printer_id,timestamp,roughness", ...rows, ""].join("\n"));
    await writeFile(join(folder, "a.yaml"), feeder(recording));
    await writeFile(join(folder, "b.yaml"), reader(out));
    const program = start(["run", join(folder, "b.yaml"), join(folder, "a.yaml")]);
    await program.line("running");
    const read = async () => (await readFile(out, "utf8").catch(() => "")).trimEnd().split("\n").length - 1;
    await until(async () => (await read()) === rows.length);
    expect(await program.end("SIGINT")).toEqual({ code: 0, signal: null });
    expect(await program.line("ended")).toMatchObject({ read: 40, written: 40, dead: 0 });
  });

  it("need names of their own", async () => {
    await writeFile(join(folder, "a.yaml"), feeder("in.csv"));
    await writeFile(join(folder, "b.yaml"), feeder("in.csv"));
    const { code, err } = await run(["run", join(folder, "a.yaml"), join(folder, "b.yaml")]);
    expect(code).toBe(2);
    expect(err).toMatch(/b.yaml.*the pipeline of .*a.yaml is called "feeder" too; give one of them another name/);
  });
});

describe("--json", () => {
  it.each([
    ["validate", [QUALITY]],
    ["graph", [QUALITY]],
    ["test", [join(PIPELINES, "record.yaml")]],
    ["components", ["mqtt"]],
    ["schema", []],
    ["doctor", []],
  ])("makes %s print one JSON value and nothing else", async (command, args) => {
    const { code, out } = await run([command, ...args, "--json"], { LOG_LEVEL: "debug" });
    expect(typeof JSON.parse(out)).toBe("object");
    expect(code).toBe(0);
  });

  it("keeps the records of a console sink out of the summary of a replay", async () => {
    const pipeline = join(folder, "look.yaml");
    await writeFile(
      pipeline,
      "name: look\nsources: { in: { type: csv, files: [x.csv] } }\nsinks: { out: { type: console, from: in } }\n",
    );
    const file = join(folder, "two.csv");
    await writeFile(file, "printer_id,timestamp,roughness\np,2026-01-01T00:00:00Z,10\np,2026-01-01T00:00:01Z,11\n");
    const { out } = await run(["replay", file, "--pipeline", pipeline, "--json"]);
    expect(JSON.parse(out)).toMatchObject({ records: 2, dead: 0 });
    const { out: text } = await run(["replay", file, "--pipeline", pipeline]);
    expect(text).toMatch(/roughness[^]*records +2/);
  });
});
