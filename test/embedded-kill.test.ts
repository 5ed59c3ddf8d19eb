import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, expect, it } from "@jest/globals";
import { type LoopbackInflux, startLoopbackInflux } from "./loopback-influx.js";
import { Outsider, sensorReading } from "./outsider.js";
import { Program, until } from "./program.js";

const QUALITY = resolve("config/pipelines/quality.yaml");
const BEGAN = Math.floor(Date.now() / 1000) * 1000 - 60_000;
const READINGS = 5_000;
/** ms */
const STEP = 10;

let folder: string;
let influx: LoopbackInflux;
const ends: (() => Promise<unknown>)[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "embedded-kill-"));
  influx = await startLoopbackInflux();
});
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
  await influx.close();
  await rm(folder, { recursive: true });
});

/** The program with the broker of its own, and a printer at it. */
async function start() {
  const program = new Program({ STATE_DIR: folder, INFLUXDB_URL: influx.url }, ["run", QUALITY], folder);
  ends.push(() => program.end("SIGKILL"));
  const { address } = await program.line("embedded MQTT broker listens");
  await program.line("running");
  const printer = await Outsider.join(`mqtt://${String(address)}`, [], { reconnectPeriod: 0 });
  ends.push(() => printer.leave());
  return { program, printer };
}

/** The numbers of the readings that stand in the database. */
function stored(): Set<number> {
  const lines = influx.points().filter((line) => line.startsWith("printer_sensor"));
  return new Set(lines.map((line) => (Number(line.slice(line.lastIndexOf(" ") + 1, -6)) - BEGAN) / STEP));
}

it("what the embedded broker acknowledged is there after kill -9, and what it did not is sent again", async () => {
  const first = await start();
  const acknowledged = new Set<number>();
  for (let n = 0; n < READINGS; n++) {
    const reading = sensorReading("printer_1", 40, BEGAN + STEP * n);
    void first.printer.publish("printing/printer_1/sensor", reading).then(
      () => acknowledged.add(n),
      () => undefined,
    );
  }
  await until(() => acknowledged.size > 50);
  await first.program.end("SIGKILL");
  const kept = [...acknowledged];
  const second = await start();
  await until(() => kept.every((n) => stored().has(n)));
  expect(kept.length).toBeLessThan(READINGS);
  const numbers = Array.from({ length: READINGS }, (_, n) => n).filter((n) => !acknowledged.has(n));
  const again = (n: number) => sensorReading("printer_1", 40, BEGAN + STEP * n);
  await Promise.all(numbers.map((n) => second.printer.publish("printing/printer_1/sensor", again(n))));
  await until(() => stored().size === READINGS);
});
