import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { type LoopbackInflux, startLoopbackInflux } from "./loopback-influx.js";
import { Outsider, sensorReading } from "./outsider.js";
import { Program, until } from "./program.js";

const LIMIT = 100;
const PIPELINE = `
name: farm
description: Stores what a small farm measures, and holds little of it in memory.
sources:
  sensors: { type: mqtt, topics: ["printing/+/sensor"] }
sinks:
  influxdb: { type: influxdb, from: sensors, spool: 0, limit: ${LIMIT}, overflow: block, batch: { size: 50 } }
`;
/** In the partitions of either of two workers. */
const PRINTERS = Array.from({ length: 9 }, (_, i) => `printer_${i + 1}`);
const READINGS = 4 * LIMIT;
const BEGAN = Math.floor(Date.now() / 1000) * 1000;

describe("workers whose sink blocks", () => {
  let folder: string;
  let influx: LoopbackInflux;
  let program: Program;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "workers-block-"));
    await writeFile(join(folder, "farm.yaml"), PIPELINE);
    influx = await startLoopbackInflux();
    const settings = { STATE_DIR: join(folder, "state"), INFLUXDB_URL: influx.url, WORKERS: "2" };
    program = new Program(settings, ["run", "farm.yaml"], folder);
    await program.line("running");
  });
  afterEach(async () => {
    await program.end("SIGKILL");
    await influx.close();
    await rm(folder, { recursive: true });
  });

  it("stand still, while what comes is acknowledged all the same, and write all of it later", async () => {
    influx.decide = () => ({ status: 503 });
    const { address } = await program.line("embedded MQTT broker listens");
    const printers = await Outsider.join(`mqtt://${String(address)}`, []);
    try {
      for (let i = 0; i < READINGS; i++)
        for (const printer of PRINTERS)
          await printers.publish(`printing/${printer}/sensor`, sensorReading(printer, 40, BEGAN + 100 * i));
    } finally {
      await printers.leave();
    }
    expect(influx.points()).toEqual([]);
    influx.decide = () => undefined;
    await until(() => new Set(influx.points()).size === READINGS * PRINTERS.length);
    expect(program.logged("buffer full, oldest records let go")).toEqual([]);
    expect(await program.end()).toEqual({ code: 0, signal: null });
  });
});
