import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { type LoopbackInflux, startLoopbackInflux } from "./loopback-influx.js";
import { Mosquitto, mosquittoProgram } from "./mosquitto.js";
import { NatsServer, natsProgram } from "./nats-process.js";
import { Outsider, sensorReading } from "./outsider.js";
import { Program, until } from "./program.js";

const QUALITY = resolve("config/pipelines/quality.yaml");
const missing = [mosquittoProgram ? [] : "mosquitto", natsProgram ? [] : "nats-server"].flat();
const suite = missing.length === 0 ? describe : describe.skip;
const skipped = missing.length === 0 ? "" : `SKIPPED, NO ${missing.join(" AND ")} ON THIS MACHINE: `;
const PRINTERS = Array.from({ length: 16 }, (_, i) => `printer_${i + 1}`);

suite(`${skipped}an instance of several`, () => {
  let folder: string;
  let broker: Mosquitto;
  let nats: NatsServer;
  let influx: LoopbackInflux;
  let farm: Outsider;
  let programs: Program[];
  beforeEach(async () => {
    programs = [];
    folder = await mkdtemp(join(tmpdir(), "group-lost-"));
    broker = await Mosquitto.start();
    nats = await NatsServer.start();
    influx = await startLoopbackInflux();
    farm = await Outsider.join(broker.url, ["printer/control/+"]);
  });
  afterEach(async () => {
    for (const program of programs) program.signal("SIGKILL");
    await Promise.all(programs.map(({ ended }) => ended));
    await farm.leave();
    await influx.close();
    await nats.remove();
    await broker.remove();
    await rm(folder, { recursive: true });
  });

  function start(name: string, args: readonly string[] = ["run", QUALITY]): Program {
    const settings = {
      MQTT_URL: broker.url,
      NATS_URL: nats.url,
      INFLUXDB_URL: influx.url,
      STATE_DIR: join(folder, name),
      JOURNAL_KEEP_GIB: "0.1",
    };
    const program = new Program(settings, args);
    programs.push(program);
    return program;
  }

  /** Until all of them were told this speed. */
  async function measureUntilTold(roughness: number, speed: number): Promise<void> {
    await until(async () => {
      for (const printer of PRINTERS)
        await farm.publish(`printing/${printer}/sensor`, sensorReading(printer, roughness));
      const told = farm
        .on("printer/control/")
        .filter(({ text }) => (JSON.parse(text) as { speed: number }).speed === speed);
      return new Set(told.map(({ topic }) => topic)).size === PRINTERS.length;
    });
  }

  const rows = () => new Set(influx.points().filter((line) => line.startsWith("printer_sensor"))).size;

  it("whose disk is gone with rows that no database had leaves them in the stream", async () => {
    influx.decide = () => ({ status: 503 });
    const first = start("one");
    await first.line("running");
    await measureUntilTold(90, 50);
    first.signal("SIGKILL");
    await first.ended;
    await rm(join(folder, "one"), { recursive: true });
    influx.decide = () => undefined;
    expect(rows()).toBe(0);
    const replay = start("elsewhere", ["replay", "--journal", "--pipeline", QUALITY, "--live", "--json"]);
    expect(await replay.ended).toEqual({ code: 0, signal: null });
    const { records } = JSON.parse(replay.stdout) as { records: number };
    expect(records).toBeGreaterThanOrEqual(PRINTERS.length);
    expect(rows()).toBe(records);
  }, 60_000);

  it("whose folder was copied and that went on since is not joined by the copy", async () => {
    const first = start("one");
    await first.line("running");
    await measureUntilTold(90, 50);
    expect((await first.end()).code).toBe(0);
    await cp(join(folder, "one"), join(folder, "two"), { recursive: true });
    const again = start("one");
    await again.line("running");
    await measureUntilTold(20, 100);
    const copy = start("two");
    expect(await copy.ended).toEqual({ code: 2, signal: null });
    expect(copy.output).toMatch(/has sent partition \d+ .* but its journal ends at \d+.*give this instance a name/);
    await measureUntilTold(90, 50);
    expect((await again.end()).code).toBe(0);
  }, 60_000);
});
