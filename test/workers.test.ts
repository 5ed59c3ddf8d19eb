import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { type LoopbackInflux, startLoopbackInflux } from "./loopback-influx.js";
import { Mosquitto, mosquittoProgram } from "./mosquitto.js";
import { Outsider, sensorReading } from "./outsider.js";
import { Program, until } from "./program.js";

/** In the partitions of either of two workers, and of each of three. */
const PRINTERS = Array.from({ length: 9 }, (_, i) => `printer_${i + 1}`);
/** Readings of each printer, ten a second. */
const READINGS = 160;
const BEGAN = Math.floor(Date.now() / 1000) * 1000;

/** Seven starts of the program, ms. */
const LONG = 240_000;

const PIPELINE = `
name: farm
description: Watches a small farm.
sources:
  sensors: { type: mqtt, topics: ["printing/+/sensor"] }
operators:
  spans: { type: sliding-window, from: sensors, size: 2s, every: 1s, lateness: 1s }
  features:
    type: extract-features
    from: spans
    fields: [nozzle_temp_error, bed_temp_error, nozzle_power, bed_power, vibration, feedrate, layer_height, roughness]
    stats: [mean, std, slope, jitter]
  anomaly: { type: infer, from: features, model: anomaly }
  rough: { type: threshold, from: sensors, field: roughness, above: 75, margin: 20 }
sinks:
  control: { type: feedback, from: rough, adjust: { speed: 50 }, cooldown: 1s }
  influxdb: { type: influxdb, from: [sensors, anomaly, rough] }
`;

describe("a run with workers", () => {
  let folder: string;
  let influx: LoopbackInflux;
  const ends: (() => Promise<unknown>)[] = [];
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "workers-"));
    await writeFile(join(folder, "farm.yaml"), PIPELINE);
    influx = await startLoopbackInflux();
  });
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
    await influx.close();
    await rm(folder, { recursive: true, force: true });
  });

  const settings = (workers: number, state = "state") => {
    return { STATE_DIR: join(folder, state), INFLUXDB_URL: influx.url, WORKERS: String(workers) };
  };

  async function run(own: Readonly<Record<string, string>>): Promise<Program> {
    const program = new Program(own, ["run", "farm.yaml"], folder);
    ends.push(() => program.end("SIGKILL"));
    await program.line("running");
    return program;
  }

  async function printersAt(url: string): Promise<Outsider> {
    const printers = await Outsider.join(url, ["printer/control/+"]);
    ends.push(() => printers.leave());
    return printers;
  }

  /** With the broker of its own. */
  async function start(workers: number, state?: string) {
    const program = await run(settings(workers, state));
    const { address } = await program.line("embedded MQTT broker listens");
    return { program, printers: await printersAt(`mqtt://${String(address)}`), pids: pidsOf(program) };
  }

  /** All that stands in the database, and which command told each printer what. */
  const rows = () => [...influx.points()].sort();

  async function complete(): Promise<void> {
    await until(() => rows().filter((line) => line.startsWith("printer_sensor")).length >= READINGS * 9);
  }

  /** What a run does that nobody disturbs. */
  async function undisturbed(workers: number): Promise<{ rows: string[]; told: string[] }> {
    influx.clear();
    const { program, printers } = await start(workers, `undisturbed-${workers}`);
    await publish(printers, 0, READINGS);
    await complete();
    const told = commandsOf(printers);
    expect(await program.end()).toEqual({ code: 0, signal: null });
    await until(() => told.length > 0);
    return { rows: rows(), told };
  }

  it("writes and says what one process would", async () => {
    const one = await undisturbed(1);
    const two = await undisturbed(2);
    expect(one.told.length).toBeGreaterThanOrEqual(2 * PRINTERS.length);
    expect(two.told).toEqual(one.told);
    expect(two.rows).toEqual(one.rows);
  });

  (mosquittoProgram ? it : it.skip)(
    "loses and repeats nothing when workers and the first process are killed, and over other numbers of workers",
    async () => {
      const expected = await undisturbed(1);
      influx.clear();
      const mosquitto = await Mosquitto.start();
      ends.push(() => mosquitto.remove());
      const printers = await printersAt(mosquitto.url);
      const begin = (workers: number) => run({ ...settings(workers), MQTT_URL: mosquitto.url });
      const part = READINGS / 5;
      const first = await begin(2);
      const [one, other] = pidsOf(first);
      await publish(printers, 0, part);
      process.kill(one!, "SIGKILL");
      await publish(printers, part, part + 10);
      await until(() => pidsOf(first).length === 3);
      process.kill(other!, "SIGKILL");
      await publish(printers, part + 10, 2 * part);
      await until(() => pidsOf(first).length === 4);
      await first.end("SIGKILL");
      await allGone(first);
      for (const [i, workers] of [3, 1, 2].entries()) {
        const next = await begin(workers);
        await publish(printers, (2 + i) * part, (3 + i) * part);
        if (i === 2) {
          await complete();
          await until(() => commandsOf(printers).length >= expected.told.length);
        }
        expect(await next.end()).toEqual({ code: 0, signal: null });
      }
      expect(rows()).toEqual(expected.rows);
      expect(commandsOf(printers)).toEqual(expected.told);
      const left = await readdir(join(folder, "state", "checkpoints", "farm"));
      expect(left.sort()).toEqual(["0-of-2", "1-of-2", "sources"]);
    },
    LONG,
  );

  it("ends its workers when the first process is killed", async () => {
    const { program, pids } = await start(2);
    expect(pids).toHaveLength(2);
    await program.end("SIGKILL");
    await allGone(program);
  });

  it("counts as one, and says where a worker is away", async () => {
    const { program, printers, pids } = await start(2);
    await publish(printers, 0, 20);
    const { http } = await program.line("running");
    await until(async () => (await metric(program, "records_out_total", "influxdb")) >= 20 * 9);
    expect(await metric(program, "records_in_total", "sensors")).toBe(20 * 9);
    expect(await metric(program, "records_in_total", "spans")).toBe(20 * 9);
    for (const pid of pids) process.kill(pid, "SIGKILL");
    await until(async () => (await (await fetch(`${String(http)}/readyz`)).text()).includes("farm.influxdb"));
    await until(() => program.logged("a worker runs").length === 4);
    await until(async () => !(await (await fetch(`${String(http)}/readyz`)).text()).includes("farm.influxdb"));
    expect(await metric(program, "records_in_total", "sensors")).toBe(20 * 9);
  });

  it("writes one history, however many write to it at once", async () => {
    await writeFile(
      join(folder, "farm.yaml"),
      PIPELINE.replace("influxdb: { type: influxdb,", "kept: { type: history,"),
    );
    const { program, printers } = await start(3);
    await publish(printers, 0, 60);
    await until(async () => (await metric(program, "records_out_total", "kept")) >= 60 * PRINTERS.length);
    expect(await program.end()).toEqual({ code: 0, signal: null });
    for (const printer of PRINTERS) {
      const history = new Program(settings(1), ["history", printer, "--format", "csv"], folder);
      await history.ended;
      const [, ...stored] = history.stdout.trim().split("\n");
      expect([printer, stored.length]).toEqual([printer, 60]);
    }
  });

  it("keeps the dead letters of all, and brings them back to whoever has the printer", async () => {
    influx.decide = ({ lines }) =>
      lines.some((line) => line.startsWith("printer_sensor"))
        ? { status: 400, body: '{"code":"invalid","message":"unable to parse"}' }
        : undefined;
    const { program, printers } = await start(2);
    await publish(printers, 0, 1);
    const command = async (...args: string[]) => {
      const listing = new Program(settings(1), ["deadletters", ...args], folder);
      await listing.ended;
      return listing.stdout;
    };
    const letters = async () => JSON.parse(await command("list", "--json")) as { node: string; key: string }[];
    await until(async () => (await letters()).length === PRINTERS.length);
    expect((await letters()).map(({ key }) => key).sort()).toEqual(PRINTERS);
    influx.decide = () => undefined;
    await command("retry", "--all");
    await until(() => rows().length === PRINTERS.length);
    await until(async () => (await letters()).length === 0);
    expect(await program.end()).toEqual({ code: 0, signal: null });
  });

  it("goes on without a worker that hangs, and ends without it", async () => {
    const { program, printers, pids } = await start(2);
    process.kill(pids[0]!, "SIGSTOP");
    await publish(printers, 0, 10);
    const written = () => new Set(rows().map((line) => /printer_id=(\w+)/.exec(line)?.[1]));
    await until(() => rows().length >= 10 && rows().length % 10 === 0);
    const others = written();
    expect(others.size).toBeGreaterThan(0);
    expect(others.size).toBeLessThan(PRINTERS.length);
    expect(await program.end("SIGTERM", 15_000)).toEqual({ code: 0, signal: null });
    await allGone(program);
    const next = await run(settings(2));
    await until(() => rows().length === 10 * PRINTERS.length);
    expect(await next.end()).toEqual({ code: 0, signal: null });
  });

  it("is refused with a sink that writes one file in order", async () => {
    await writeFile(join(folder, "farm.yaml"), `${PIPELINE}  file: { type: csv, from: rough, file: rough.csv }\n`);
    const program = new Program(settings(2), ["run", "farm.yaml"], folder);
    expect(await program.ended).toEqual({ code: 2, signal: null });
    expect(program.output).toMatch(/farm\.yaml: sink "file" \(csv\).*WORKERS=1/);
  });
});

/** Of all workers that ran so far. */
function pidsOf(program: Program): number[] {
  return program.logged("a worker runs").map(({ pid }) => Number(pid));
}

async function metric(program: Program, name: string, node: string): Promise<number> {
  const { http } = await program.line("running");
  const text = await (await fetch(`${String(http)}/metrics`)).text();
  const line = new RegExp(`^layerstream_${name}{pipeline="farm",node="${node}",role="\\w+"} (\\S+)`, "m").exec(text);
  return Number(line?.[1]);
}

/** Resolves when no worker of a program lives that is gone itself. */
async function allGone(program: Program): Promise<void> {
  const pids = pidsOf(program);
  await until(() => pids.every((pid) => !lives(pid)));
}

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Readings of the farm from one number to the next: rough in the middle, each printer at another time. */
async function publish(printers: Outsider, from: number, to: number): Promise<void> {
  for (let i = from; i < to; i++) {
    const time = BEGAN + i * 100;
    await Promise.all(
      PRINTERS.map((printer, j) => {
        const rough = i > 20 + 8 * j && i < 70 + 8 * j;
        return printers.publish(`printing/${printer}/sensor`, sensorReading(printer, rough ? 80 + j : 40 + j, time));
      }),
    );
  }
}

/** Printer, command and speed of each command. */
function commandsOf(printers: Outsider): string[] {
  const commands = printers.on("printer/control/").map(({ topic, text }) => {
    const { command_id, speed } = JSON.parse(text) as { command_id: string; speed: number };
    return `${topic} ${command_id} ${speed}`;
  });
  return [...new Set(commands)].sort();
}
