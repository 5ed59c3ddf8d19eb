import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { type LoopbackInflux, startLoopbackInflux } from "./loopback-influx.js";
import { Mosquitto, mosquittoProgram } from "./mosquitto.js";
import { Outsider, sensorReading } from "./outsider.js";
import { Program, until } from "./program.js";
import { cannotMount, SmallDisk } from "./small-disk.js";

const PIPELINE = `
name: farm
description: Stores what a small farm measures.
sources:
  sensors: { type: mqtt, topics: ["printing/+/sensor"] }
sinks:
  influxdb: { type: influxdb, from: sensors }
`;
const PRINTERS = Array.from({ length: 8 }, (_, i) => `printer_${i + 1}`);
const BEGAN = Math.floor(Date.now() / 1000) * 1000;

const cannot = cannotMount() ?? (mosquittoProgram ? undefined : "no mosquitto on this machine");
const suite = cannot ? describe.skip : describe;

suite(`${cannot ? `SKIPPED, ${cannot}: ` : ""}workers whose journal has no room`, () => {
  let folder: string;
  let disk: SmallDisk;
  let broker: Mosquitto;
  let influx: LoopbackInflux;
  let printers: Outsider;
  let program: Program;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "workers-disk-"));
    await writeFile(join(folder, "farm.yaml"), PIPELINE);
    disk = SmallDisk.mount(16);
    await mkdir(join(disk.folder, "state"));
    broker = await Mosquitto.start();
    influx = await startLoopbackInflux();
    printers = await Outsider.join(broker.url, []);
    const settings = { STATE_DIR: join(disk.folder, "state"), MQTT_URL: broker.url, INFLUXDB_URL: influx.url };
    program = new Program({ ...settings, WORKERS: "2" }, ["run", "farm.yaml"], folder);
    await program.line("running");
  });
  afterEach(async () => {
    await program.end("SIGKILL");
    await printers.leave();
    await influx.close();
    await broker.remove();
    disk.unmount();
    await rm(folder, { recursive: true });
  });

  let second = 0;
  const measure = async (): Promise<void> => {
    const time = BEGAN + 1000 * second++;
    for (const printer of PRINTERS)
      await printers.publish(`printing/${printer}/sensor`, sensorReading(printer, 40, time));
  };
  const rows = () => new Set(influx.points()).size;

  it("take in nothing until it has, and lose nothing", async () => {
    await measure();
    await until(() => rows() === PRINTERS.length);
    await disk.fill();
    for (let i = 0; i < 20; i++) await measure();
    await until(() => program.logged("the journal cannot be written, the broker keeps what comes").length > 0);
    // The broker has them all, and the program none of them for good.
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    const meanwhile = rows();
    await disk.free();
    await until(() => rows() === 21 * PRINTERS.length);
    expect(meanwhile).toBeLessThan(21 * PRINTERS.length);
    expect(program.logged("the journal is written again")).not.toHaveLength(0);
    expect(await program.end()).toEqual({ code: 0, signal: null });
  });
});
