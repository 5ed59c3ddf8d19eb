import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { type LoopbackInflux, startLoopbackInflux } from "./loopback-influx.js";
import { Mosquitto, mosquittoProgram } from "./mosquitto.js";
import { Outsider, sensorReading } from "./outsider.js";
import { cannotMountPowerDisk, PowerDisk } from "./power-disk.js";
import { Program, until } from "./program.js";

const pipeline = (durability: string, sink: string) => `
name: farm
description: Stores what a small farm measures.
sources:
  sensors: { type: mqtt, topics: ["printing/+/sensor"], durability: ${durability} }
sinks:
  ${sink}: { type: ${sink}, from: sensors }
`;
/** Before and after the cut, and ms between two. */
const READINGS = 200;
const EVERY = 8;
/** With `os`: the 50 ms between two syncs, and what a busy machine adds, ms. */
const UNSYNCED = 500;

const cannot = cannotMountPowerDisk() ?? (mosquittoProgram ? undefined : "no mosquitto on this machine");
// On a busy machine.
jest.setTimeout(120_000);

const suite = cannot ? describe.skip : describe;

suite(`${cannot ? `SKIPPED, ${cannot}: ` : ""}a machine whose power or disk fails`, () => {
  let folder: string;
  let disks: PowerDisk[];
  let broker: Mosquitto;
  let influx: LoopbackInflux;
  let printers: Outsider;
  let programs: Program[];
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "power-cut-"));
    disks = [PowerDisk.mount()];
    programs = [];
    broker = await Mosquitto.start();
    influx = await startLoopbackInflux();
    printers = await Outsider.join(broker.url, []);
  });
  afterEach(async () => {
    for (const program of programs) await program.end("SIGKILL");
    await printers.leave();
    await influx.close();
    await broker.remove();
    for (const disk of disks) disk.unmount();
    disks[0]!.memory.unmount();
    await rm(folder, { recursive: true });
  });

  async function start(disk: PowerDisk, durability: string, sink = "influxdb"): Promise<Program> {
    await writeFile(join(folder, "farm.yaml"), pipeline(durability, sink));
    const state = join(disk.folder, "state");
    await mkdir(state, { recursive: true });
    const settings = { STATE_DIR: state, MQTT_URL: broker.url, INFLUXDB_URL: influx.url, LOG_LEVEL: "debug" };
    const program = new Program(settings, ["run", "farm.yaml"], folder);
    programs.push(program);
    await program.line("running");
    return program;
  }

  /** When each reading was sent, ms. Its number is in its feedrate. */
  const sent: number[] = [];
  async function publish(count: number): Promise<void> {
    for (let i = 0; i < count; i++) {
      const number = sent.length;
      sent.push(Date.now());
      const reading = { ...sensorReading("printer_1", 40, sent[0]! + 10 * number), feedrate: number };
      await printers.publish("printing/printer_1/sensor", reading);
      await new Promise((resolve) => setTimeout(resolve, EVERY));
    }
  }

  /** The numbers of the readings in the journal, in its order. */
  async function kept(disk: PowerDisk): Promise<number[]> {
    const read = ["journal", "read", "farm.sensors", "--json"];
    const program = new Program({ STATE_DIR: join(disk.folder, "state") }, read);
    expect((await program.ended).code).toBe(0);
    return [...program.stdout.matchAll(/"feedrate":(\d+)/g)].map(([, number]) => Number(number));
  }

  it.each(["os", "fsync"])("loses what was not synced and nothing else, with durability %s", async (durability) => {
    sent.length = 0;
    const program = await start(disks[0]!, durability);
    await publish(READINGS);
    program.signal("SIGKILL");
    const cutAt = Date.now();
    disks.push(disks[0]!.cut());
    await publish(READINGS);
    const again = await start(disks[1]!, durability);
    expect(again.log.filter(({ level }) => level === "error")).toEqual([]);
    await until(async () => (await kept(disks[1]!)).at(-1) === 2 * READINGS - 1);
    const found = new Set(await kept(disks[1]!));
    const lost = sent.flatMap((_, number) => (found.has(number) ? [] : number));
    const mayBeLost = (number: number) =>
      durability === "os" && sent[number]! > cutAt - UNSYNCED && sent[number]! <= cutAt;
    expect(lost.filter((number) => !mayBeLost(number))).toEqual([]);
    expect(await again.end()).toEqual({ code: 0, signal: null });
  });

  it("keeps rows that waited on disk for the database, and what its checkpoint says of them", async () => {
    sent.length = 0;
    influx.decide = () => ({ status: 503 });
    const program = await start(disks[0]!, "fsync");
    await publish(READINGS);
    const before = program.logged("checkpoint").length;
    // One of them begins behind all that came.
    await until(() => program.logged("checkpoint").length > before + 1);
    await publish(20);
    program.signal("SIGKILL");
    disks.push(disks[0]!.cut());
    influx.decide = () => undefined;
    const again = await start(disks[1]!, "fsync");
    await until(() => new Set(influx.points()).size === sent.length);
    // Not by working through all of it once more.
    expect(Number(again.logged("going on with what the journal holds")[0]!.elements)).toBeLessThan(READINGS);
    expect(await again.end()).toEqual({ code: 0, signal: null });
  });

  it("keeps rows of the embedded history that its checkpoint speaks of", async () => {
    sent.length = 0;
    const program = await start(disks[0]!, "fsync", "history");
    await publish(READINGS);
    const before = program.logged("checkpoint").length;
    await until(() => program.logged("checkpoint").length > before);
    program.signal("SIGKILL");
    disks.push(disks[0]!.cut());
    const again = await start(disks[1]!, "fsync", "history");
    await publish(20);
    const stored = async (): Promise<number> => {
      const read = ["history", "printer_1", "--fields", "feedrate", "--format", "csv"];
      const program = new Program({ STATE_DIR: join(disks[1]!.folder, "state") }, read);
      expect((await program.ended).code).toBe(0);
      return program.stdout.trimEnd().split("\n").length - 1;
    };
    await until(async () => (await stored()) === sent.length);
    expect(await again.end()).toEqual({ code: 0, signal: null });
  });

  it("takes nothing in that the disk refuses to sync", async () => {
    sent.length = 0;
    const program = await start(disks[0]!, "fsync");
    await publish(20);
    await disks[0]!.goBad();
    await publish(READINGS);
    expect(await program.ended).toEqual({ code: 1, signal: null });
    const [, said] = program.output.split("layerstream failed: ");
    expect(said).toMatch(
      /^the journal of "farm\.sensors" in \S+ may not survive a power cut: E(?:IO|NOSPC): .*; mend the disk, .*\n$/,
    );
    await disks[0]!.mend();
    disks.push(disks[0]!.cut());
    const again = await start(disks[1]!, "fsync");
    await until(async () => new Set(await kept(disks[1]!)).size === sent.length);
    expect(await again.end()).toEqual({ code: 0, signal: null });
  });
});
