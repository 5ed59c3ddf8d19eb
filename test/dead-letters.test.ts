import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "@jest/globals";
import { DeadLetterJournal } from "../src/cli/dead-letters/journal.js";
import { readLetters } from "../src/cli/dead-letters/read.js";
import { openDeadLetterStream } from "../src/cli/dead-letters/stream.js";
import { silentLog } from "../src/streams/contract/context.js";
import { systemClock } from "../src/streams/time/clock.js";
import { Outsider, sensorReading } from "./outsider.js";
import { Program, until } from "./program.js";

let folder: string;
const ends: (() => Promise<unknown>)[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "dead-letters-"));
});
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
  await rm(folder, { recursive: true, force: true });
});

interface Letter {
  readonly id: string;
  readonly cause: string;
  readonly payload: unknown;
}

/** What the journal holds, read beside the program that writes it. */
async function stored(): Promise<unknown[]> {
  const letters = [];
  for await (const letter of readLetters(join(folder, "journal"))) letters.push(letter);
  return letters;
}

async function command(...args: string[]): Promise<{ code: number | null; out: string; err: string }> {
  const program = new Program({ STATE_DIR: folder }, ["deadletters", ...args]);
  const { code } = await program.ended;
  return { code, out: program.stdout, err: program.output.slice(program.stdout.length) };
}

const list = async (...options: string[]): Promise<Letter[]> =>
  JSON.parse((await command("list", "--json", ...options)).out) as Letter[];

it("shows what a run put aside, while it runs and after it was killed", async () => {
  const program = new Program({ STATE_DIR: folder, SYNTHESIZER_PRINTERS: "1" });
  ends.push(() => program.end("SIGKILL"));
  const { address } = await program.line("embedded MQTT broker listens");
  await program.line("running");
  const hostile = await Outsider.join(`mqtt://${String(address)}`, ["printer/control/printer_9"]);
  ends.push(() => hostile.leave());
  await hostile.publish("printing/printer_9/sensor", '{"printer_id": \u001b[2J');
  await hostile.publish("printing/printer_9/sensor", Buffer.from([0xff, 0x00, 0xfe]));
  await hostile.publish("printing/printer_9/sensor", { ...sensorReading("printer_8", 20) });
  await until(async () => (await stored()).length === 3);
  // The stream goes on.
  await hostile.publish("printing/printer_9/sensor", sensorReading("printer_9", 90));
  await until(() => hostile.heard.length > 0);
  await program.end("SIGKILL");

  const letters = await list("--node", "quality.sensors");
  expect(letters.map(({ cause }) => cause)).toEqual([
    expect.stringMatching(/^not JSON/),
    "not UTF-8 text",
    'printer_id "printer_8" is not that of the topic, "printer_9"',
  ]);
  expect(letters[0]).toMatchObject({
    pipeline: "quality",
    node: "sensors",
    key: "printer_9",
    place: "printing/printer_9/sensor",
    payload: '{"printer_id": \u001b[2J',
  });
  expect(await list("--limit", "1", "--since", "2020-01-01T00:00:00Z")).toEqual(letters.slice(2));

  const { out } = await command("list");
  expect(out).toMatch(/printer_9 +printing\/printer_9\/sensor +not UTF-8 text/);
  const shown = await command("show", letters[0]!.id);
  expect(shown.out).toMatch(/node +sensors\n[^]*payload:\n\{"printer_id": \\u001b\[2J\n$/);
  expect(JSON.parse((await command("show", letters[1]!.id, "--json")).out)).toEqual(letters[1]);
});

it("has kept what is wrong with a message before that is acknowledged, and the process is killed", async () => {
  const program = new Program({ STATE_DIR: folder, SYNTHESIZER_PRINTERS: "1" });
  ends.push(() => program.end("SIGKILL"));
  const { address } = await program.line("embedded MQTT broker listens");
  await program.line("running");
  const hostile = await Outsider.join(`mqtt://${String(address)}`, []);
  ends.push(() => hostile.leave());
  // The broker of the program hands the acknowledgement on as the source gives it.
  await hostile.publish("printing/printer_9/sensor", "first");
  program.signal("SIGKILL");
  await program.ended;
  expect((await list()).map(({ payload }) => payload)).toEqual(["first"]);
});

it("lets a run that keeps nothing go on beside the one that has STATE_DIR", async () => {
  const program = new Program({ STATE_DIR: folder, SYNTHESIZER_PRINTERS: "1" });
  ends.push(() => program.end("SIGKILL"));
  await program.line("running");
  const [file, data] = [join(folder, "rows.yaml"), join(folder, "rows.csv")];
  await writeFile(
    file,
    `name: rows\nsources: { rows: { type: csv, files: [${data}] } }\nsinks: { out: { type: console, from: rows } }\n`,
  );
  await writeFile(data, "printer_id,timestamp,roughness\np,2026-01-01T00:00:00Z,20\np,never,20\n");
  const beside = new Program({ STATE_DIR: folder }, ["run", file]);
  expect(await beside.ended).toEqual({ code: 0, signal: null });
  expect(beside.logged("dead letters are not kept")).toMatchObject([
    { level: "warn", reason: expect.stringContaining(`in use by process ${program.pid}`) },
  ]);
  expect(beside.logged("ended")).toMatchObject([{ read: 1, dead: 1 }]);
});

it("says that there are none, or none that were asked for", async () => {
  expect((await command("list")).out).toBe("no dead letters\n");
  const stream = await openDeadLetterStream(join(folder, "journal"), silentLog);
  const journal = new DeadLetterJournal({ stream, clock: systemClock, log: silentLog });
  journal.add({ pipeline: "quality", node: "sensors", reason: "not JSON", payload: "{" });
  await journal.close();
  expect(await list("--since", "2100-01-01T00:00:00Z")).toEqual([]);
  expect(await list("--node", "rough")).toEqual([]);
  expect(await list("--node", "sensors")).toHaveLength(1);
});

it("says what is wrong with an id or a time", async () => {
  expect(await command("show", "nothing")).toMatchObject({
    code: 2,
    err: expect.stringMatching(/no dead letter .*"nothing"/),
  });
  expect(await command("list", "--since", "soon")).toMatchObject({
    code: 2,
    err: expect.stringMatching(/--since "soon"/),
  });
});
