import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "@jest/globals";
import { type LoopbackInflux, startLoopbackInflux } from "./loopback-influx.js";
import { Outsider, sensorReading } from "./outsider.js";
import { Program, until } from "./program.js";

let folder: string;
let database: LoopbackInflux;
const ends: (() => Promise<unknown>)[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "dead-letters-retry-"));
  database = await startLoopbackInflux();
  ends.push(() => database.close());
});
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
  await rm(folder, { recursive: true, force: true });
});

interface Letter {
  readonly id: string;
  readonly node: string;
  readonly cause: string;
  readonly fate?: { readonly state: string };
}

const settings = () => ({ STATE_DIR: folder, INFLUXDB_URL: database.url, INFLUXDB_TOKEN: "token-of-a-test" });

async function command(...args: string[]): Promise<{ code: number | null; out: string; err: string }> {
  const program = new Program(settings(), args);
  const { code } = await program.ended;
  return { code, out: program.stdout, err: program.output.slice(program.stdout.length) };
}

const deadletters = (...args: string[]) => command("deadletters", ...args);
const list = async (...options: string[]): Promise<Letter[]> =>
  JSON.parse((await deadletters("list", "--json", ...options)).out) as Letter[];

/** Starts it on a broker of its own, with a printer that has joined. */
async function start(pipeline: string): Promise<{ program: Program; printer: Outsider }> {
  const file = join(folder, "farm.yaml");
  await writeFile(file, pipeline);
  const program = new Program(settings(), ["run", file]);
  ends.push(() => program.end("SIGKILL"));
  const { address } = await program.line("embedded MQTT broker listens");
  await program.line("running");
  const printer = await Outsider.join(`mqtt://${String(address)}`, ["out/+"]);
  ends.push(() => printer.leave());
  return { program, printer };
}

const HOUR = 3_600_000;
const kept = (future: string) => `
name: farm
sources: { sensors: { type: mqtt, topics: ["printing/+/sensor"], skew: { future: ${future} } } }
sinks: { history: { type: history, from: sensors } }
`;

it("reads a message again after the pipeline was edited, in the next run; another is dropped", async () => {
  const ahead = Date.now() + 2 * HOUR;
  const first = await start(kept("1h"));
  await first.printer.publish("printing/p/sensor", sensorReading("p", 42, ahead));
  await first.printer.publish("printing/p/sensor", "nonsense");
  const letters = await list();
  expect(letters.map(({ cause }) => cause)).toEqual([
    expect.stringMatching(/raise skew/),
    expect.stringMatching(/JSON/),
  ]);
  await first.program.end();

  const [late, nonsense] = letters as [Letter, Letter];
  const asked = await deadletters("retry", late.id);
  expect(asked).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^1 dead letter to be retried\nno run is going on/),
  });
  expect((await deadletters("retry", late.id)).out).toMatch(/^no dead letters to be retried, 1 more asked for already/);
  expect((await list()).map(({ fate }) => fate?.state)).toEqual(["asked", undefined]);
  expect((await deadletters("drop", nonsense.id)).out).toBe("1 dead letter dropped\n");

  const second = await start(kept("3h"));
  await second.program.line("dead letter retried");
  await until(async () => (await command("history", "p", "--json")).out.includes(new Date(ahead).toISOString()));
  await until(async () => (await list()).length === 0);
  expect((await list("--all-states")).map(({ id, fate }) => [id, fate?.state])).toEqual([
    [late.id, "retried"],
    [nonsense.id, "dropped"],
  ]);
  expect((await deadletters("list", "--all-states")).out).toMatch(/ retried 20\S+ [^]* dropped 20/);
  // It stands in the journal like any other reading, and a run that works through it again has it.
  expect((await command("journal", "read", "farm.sensors", "--json")).out).toContain('"roughness":42');
});

const windows = (records: number) => `
name: farm
sources: { sensors: { type: mqtt, topics: ["printing/+/sensor"], idle: 0s } }
operators: { spans: { type: tumbling-window, from: sensors, size: 10s, records: ${records} } }
sinks: { told: { type: mqtt, from: spans, topic: "out/{key}" } }
`;

it("gives a record to its operator again; where it fails again there is a new letter", async () => {
  const begin = Math.floor(Date.now() / 10_000) * 10_000;
  const first = await start(windows(2));
  for (const second of [0, 1, 2])
    await first.printer.publish("printing/p/sensor", sensorReading("p", 20, begin + second * 1000));
  await until(async () => (await list()).length === 1);
  const [full] = (await list()) as [Letter];
  expect(full).toMatchObject({ node: "spans", cause: expect.stringMatching(/hold 2 records/) });
  const asked = await deadletters("retry", "--node", "farm.spans");
  expect(asked.out).toMatch(
    new RegExp(`^1 dead letter .*\nthe run that is going on \\(process ${first.program.pid}\\)`),
  );
  await until(async () => (await list()).some(({ id }) => id === `${full.id}.2`));
  await first.program.end();
  expect((await list("--all-states")).map(({ id, fate }) => [id, fate?.state])).toEqual([
    [full.id, "retried"],
    [`${full.id}.2`, undefined],
  ]);

  // What the window held comes from the checkpoint, and there is room in it now.
  expect(JSON.parse((await deadletters("retry", "--all", "--json")).out)).toMatchObject({
    retried: [`${full.id}.2`],
    run: null,
  });
  const second = await start(windows(10));
  await second.program.line("dead letter retried");
  await second.printer.publish("printing/p/sensor", sensorReading("p", 20, begin + 20_000));
  await until(() => second.printer.heard.length > 0);
  expect(JSON.parse(second.printer.heard[0]!.text)).toMatchObject({ kind: "window", count: 3 });
  await second.program.end();
  expect(await list()).toEqual([]);
  expect(await readdir(join(folder, "retries"))).toEqual([]);
});

const rows = `
name: farm
sources: { sensors: { type: mqtt, topics: ["printing/+/sensor"] } }
sinks: { rows: { type: influxdb, from: sensors, batch: { size: 10, wait: 50ms } } }
`;

it("writes a row again that the database had refused, and takes up after a kill what it had not done", async () => {
  const { program, printer } = await start(rows);
  database.decide = ({ lines }) =>
    lines.some((line) => line.includes("roughness=99")) ? { status: 400, body: "no such field" } : undefined;
  for (const roughness of [20, 99, 21]) await printer.publish("printing/p/sensor", sensorReading("p", roughness));
  await until(async () => database.points().length === 2 && (await list()).length === 1);
  const before = [...database.points()];
  database.decide = () => undefined;
  expect((await deadletters("retry", "--all")).code).toBe(0);
  await until(() => database.points().length === 3);
  const [row] = database.points().filter((line) => !before.includes(line));
  expect(row).toMatch(/^printer_sensor,printer_id=p .*roughness=99/);

  // No checkpoint says yet that it is done with, so the next run does it once more: the same point.
  await program.end("SIGKILL");
  const next = await start(rows);
  await next.program.line("running");
  await until(async () => (await list()).length === 0);
  await next.program.end();
  expect(database.points()).toHaveLength(3);
});

it("says what is wrong with what is asked for", async () => {
  const wrong = (message: RegExp) => ({ code: 2, out: "", err: expect.stringMatching(message) });
  for (const verb of ["retry", "drop"]) {
    expect(await deadletters(verb, "nothing")).toEqual(wrong(/no dead letter is called "nothing"; deadletters list/));
    expect(await deadletters(verb)).toEqual(wrong(/say which dead letters: their ids, or --node NODE, or --all/));
    expect(await deadletters(verb, "--all", "--node", "spans")).toEqual(wrong(/say which dead letters/));
  }
  const { printer } = await start(kept("1h"));
  await printer.publish("printing/p/sensor", Buffer.from([0xff, 0xfe]));
  await printer.publish("printing/p/sensor", "x".repeat(300_000));
  const [bytes, long] = (await list()) as [Letter, Letter];
  expect(await deadletters("retry", bytes.id)).toEqual(wrong(/cannot be retried: what came was no text/));
  expect(await deadletters("retry", long.id)).toEqual(wrong(/cannot be retried: it was too long to be kept whole/));
  expect((await deadletters("retry", "--all")).out).toMatch(
    /^no dead letters to be retried\n1 dead letter cannot be: what .*\n1 dead letter cannot be: it was too long/,
  );
  expect((await deadletters("drop", "--all")).out).toBe("2 dead letters dropped\n");
  expect(await list()).toEqual([]);
});
