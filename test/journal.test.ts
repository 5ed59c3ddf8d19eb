import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Outsider, sensorReading } from "./outsider.js";
import { Program, until } from "./program.js";

const PRINTERS = ["printer_1", "printer_2", "printer_3"];
/** Readings of each printer, ten a second. */
const READINGS = 120;
const CONCLUDED = [
  "anomaly_score",
  "rule",
  "state",
  "observed",
  "estimated",
  "episode",
  "speed",
  "command_id",
  "reason",
];

/** As config/pipelines/quality.yaml, with short windows and what it concludes in a file. */
const pipeline = (file: string, above: number, size = "2s") => `
name: farm
description: Watches a small farm.
sources:
  sensors: { type: mqtt, topics: ["printing/+/sensor"] }
operators:
  spans: { type: sliding-window, from: sensors, size: ${size}, every: 1s, lateness: 1s }
  features:
    type: extract-features
    from: spans
    fields: [nozzle_temp_error, bed_temp_error, nozzle_power, bed_power, vibration, feedrate, layer_height, roughness]
    stats: [mean, std, slope, jitter]
  anomaly: { type: infer, from: features, model: anomaly }
  forecast: { type: infer, from: features, model: roughness, carry: [roughness_count] }
  estimates: { type: filter, from: forecast, where: roughness_count == 0 }
  rough: { type: threshold, from: [sensors, estimates], field: roughness, above: ${above}, margin: 20 }
sinks:
  control: { type: feedback, from: rough, adjust: { speed: 50 }, cooldown: 1s }
  file: { type: csv, from: [anomaly, rough, control], file: ${file}, fields: [${CONCLUDED.join(", ")}] }
`;

describe("the journal of a run", () => {
  let folder: string;
  const ends: (() => Promise<unknown>)[] = [];
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "journal-"));
    await writeFile(place("farm.yaml"), pipeline("live.csv", 75));
  });
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
    await rm(folder, { recursive: true, force: true });
  });

  const place = (name: string) => join(folder, name);
  const settings = () => ({ STATE_DIR: place("state") });

  async function start(file = "farm.yaml"): Promise<{ program: Program; printers: Outsider }> {
    const program = new Program(settings(), ["run", file], folder);
    ends.push(() => program.end("SIGKILL"));
    const { address } = await program.line("embedded MQTT broker listens");
    await program.line("running");
    const printers = await Outsider.join(`mqtt://${String(address)}`, []);
    ends.push(() => printers.leave());
    return { program, printers };
  }

  async function command(...args: string[]): Promise<string> {
    const program = new Program(settings(), args, folder);
    const exit = await program.ended;
    if (exit.code !== 0) throw new Error(program.output);
    return program.stdout;
  }

  const text = (name: string) => readFile(place(name), "utf8");

  it("gives the same conclusions when it is replayed, byte for byte", async () => {
    const { program, printers } = await start();
    await publish(printers, 0, READINGS);
    expect(await program.end()).toEqual({ code: 0, signal: null });
    await command("replay", "--journal", "--pipeline", "farm.yaml", "--out", "replayed.csv");
    const live = await text("live.csv");
    expect(live.split("\n").length).toBeGreaterThan(30);
    expect(live).toMatch(/raised[^]*cleared/);
    expect(await text("replayed.csv")).toBe(live);
  });

  it("lets a run that was killed go on: conclusions are as if it had not been", async () => {
    const first = await start();
    await publish(first.printers, 0, READINGS / 3);
    await first.program.end("SIGKILL");
    const second = await start();
    await publish(second.printers, READINGS / 3, (2 * READINGS) / 3);
    // Far enough for a checkpoint.
    await until(async () => (await text("live.csv")).split("\n").length > 5);
    await publish(second.printers, (2 * READINGS) / 3, READINGS - 10);
    await second.program.end("SIGKILL");
    const third = await start();
    await publish(third.printers, READINGS - 10, READINGS);
    expect(await third.program.end()).toEqual({ code: 0, signal: null });
    await command("replay", "--journal", "--pipeline", "farm.yaml", "--out", "replayed.csv");
    expect(await text("live.csv")).toBe(await text("replayed.csv"));
  });

  it("shows what an edit would have changed, and leaves out other printers", async () => {
    const { program, printers } = await start();
    await publish(printers, 0, READINGS);
    await program.end();
    await writeFile(place("edited.yaml"), pipeline("edited.csv", 95));
    const both = ["--pipeline", "farm.yaml", "--pipeline", "edited.yaml"];
    const all = await command("diff", "--journal", ...both);
    for (const printer of PRINTERS) expect(all).toContain(printer);
    const one = await command("diff", "--journal", "--printer", "printer_2", ...both);
    expect(one).toContain("printer_2");
    expect(one).not.toContain("printer_1");
  });

  it("is gone through from an offset or a time on", async () => {
    const { program, printers } = await start();
    await publish(printers, 0, 20);
    await program.end();
    const records = async (...args: string[]) =>
      (
        JSON.parse(await command("replay", "--journal", "--pipeline", "farm.yaml", "--json", ...args)) as {
          records: number;
        }
      ).records;
    expect(await records()).toBe(3 * 20);
    expect(await records("--from", "15")).toBe(3 * 5);
    expect(await records("--to", "15", "--printer", "printer_1")).toBe(15);
    expect(await records("--from", new Date(Date.now() + 60_000).toISOString())).toBe(0);
  });

  it("refuses to go on with another graph than the state is of, and says what helps", async () => {
    const { program, printers } = await start();
    await publish(printers, 0, 20);
    await program.end();
    await writeFile(place("farm.yaml"), pipeline("live.csv", 75, "3s"));
    const refused = new Program(settings(), ["run", "farm.yaml"], folder);
    expect(await refused.ended).toEqual({ code: 2, signal: null });
    expect(refused.output).toMatch(/spans.*sliding-window[^]*size[^]*--reset-state/);
    const again = new Program(settings(), ["run", "farm.yaml", "--reset-state", "begin"], folder);
    ends.push(() => again.end("SIGKILL"));
    await again.line("running");
  });
});

/** Readings of the farm from one number to the next: rough in the middle, each printer by another amount. */
async function publish(printers: Outsider, from: number, to: number): Promise<void> {
  for (let i = from; i < to; i++) {
    const time = BEGAN + i * 100;
    await Promise.all(
      PRINTERS.map((printer, j) => {
        const roughness = i > 40 && i < 80 ? 80 + 5 * j : 40 + j;
        return printers.publish(`printing/${printer}/sensor`, sensorReading(printer, roughness, time));
      }),
    );
  }
}

const BEGAN = Math.floor(Date.now() / 1000) * 1000;
