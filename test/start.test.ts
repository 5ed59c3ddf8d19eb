import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openHistoryToRead } from "../src/connections/history/open.js";
import type { HistoryRow } from "../src/connections/history/store.js";
import { systemClock } from "../src/streams/time/clock.js";
import { type Heard, Outsider, sensorReading } from "./outsider.js";
import { Program, until } from "./program.js";

const PRINTERS = Array.from({ length: 8 }, (_, i) => `printer_${i + 1}`);

describe("the program with no settings", () => {
  let folder: string;
  const ends: (() => Promise<unknown>)[] = [];
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "start-"));
  });
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
    await rm(folder, { recursive: true, force: true });
  });

  /** Starts it and resolves when it says that it runs. */
  async function start(): Promise<{ program: Program; mqtt: string; http: string }> {
    const program = new Program({ STATE_DIR: folder });
    ends.push(() => program.end("SIGKILL"));
    const { address } = await program.line("embedded MQTT broker listens");
    const { http } = await program.line("running");
    return { program, mqtt: `mqtt://${String(address)}`, http: String(http) };
  }

  async function meet(mqtt: string, ...filters: string[]): Promise<Outsider> {
    const outsider = await Outsider.join(mqtt, filters);
    ends.push(() => outsider.leave());
    return outsider;
  }

  /** What `history` prints of one printer. */
  async function history(printer: string): Promise<Record<string, unknown>[]> {
    const args = ["history", printer, "--format", "json", "--kinds", "reading,adjustment"];
    const program = new Program({ STATE_DIR: folder }, args);
    expect({ ...(await program.ended), log: program.log }).toEqual({ code: 0, signal: null, log: [] });
    return JSON.parse(program.stdout) as Record<string, unknown>[];
  }

  /** The same, read from the file while a run is writing. */
  function stored(printer: string): HistoryRow[] {
    const store = openHistoryToRead(join(folder, "history.db"), systemClock);
    try {
      return [...store.query({ printer, kinds: ["reading", "adjustment"] })];
    } finally {
      store.close();
    }
  }

  it("lets eight simulated printers publish readings", async () => {
    const { mqtt } = await start();
    const outsider = await meet(mqtt, "printing/+/sensor");
    await until(() => PRINTERS.every((printer) => outsider.on(`printing/${printer}/sensor`).length > 0));
    const { text, qos, retain } = outsider.heard[0]!;
    expect({ qos, retain }).toEqual({ qos: 1, retain: false });
    expect(JSON.parse(text)).toMatchObject({
      printer_id: expect.stringMatching(/^printer_[1-8]$/),
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      layer_height: expect.any(Number),
      nozzle_temp: expect.any(Number),
      bed_temp: expect.any(Number),
      roughness: expect.any(Number),
    });
  });

  it("slows a printer from outside whose surface is rough, and keeps both for `history`", async () => {
    const { program, mqtt } = await start();
    const outsider = await meet(mqtt, "printer/control/printer_9", "printing/+/sensor");
    await until(() => outsider.on("printing/").length > 0);
    const reading = sensorReading("printer_9", 80);
    await outsider.publish("printing/printer_9/sensor", reading);
    await until(() => outsider.on("printer/control/").length > 0);

    const [{ topic, text, qos, retain }] = outsider.on("printer/control/") as [Heard];
    expect({ topic, qos, retain }).toEqual({ topic: "printer/control/printer_9", qos: 1, retain: false });
    expect(text).toMatch(/^\{"speed":50,/);
    const command = JSON.parse(text) as { issued_at: string; expires_at: string; command_id: string };
    expect(command).toMatchObject({ speed: 50, command_id: expect.stringMatching(/./), reason: expect.any(String) });
    expect(Date.parse(command.expires_at)).toBeGreaterThan(Date.parse(command.issued_at));

    expect(await program.end("SIGINT")).toEqual({ code: 0, signal: null });
    const rows = await history("printer_9");
    expect(rows.map(({ kind }) => kind)).toEqual(["reading", "adjustment"]);
    expect(rows[0]).toMatchObject({ timestamp: reading.timestamp, roughness: 80, nozzle_temp: 215 });
    expect(rows[1]).toMatchObject({ speed: 50, outcome: "sent", command_id: command.command_id });
  });

  it("tells over HTTP that it lives, that it is ready and what flows", async () => {
    const { http } = await start();
    expect(await (await fetch(`${http}/healthz`)).json()).toEqual({ status: "ok" });
    const ready = await fetch(`${http}/readyz`);
    expect([ready.status, await ready.json()]).toEqual([200, expect.objectContaining({ status: "ready", away: [] })]);
    const flowing = /^layerstream_records_in_total\{pipeline="quality",node="history",role="sink"\} [1-9]/m;
    await until(async () => flowing.test(await (await fetch(`${http}/metrics`)).text()));
  });

  it("ends at SIGINT before three seconds are over, with all that it read written", async () => {
    const { program, mqtt } = await start();
    const outsider = await meet(mqtt, "printing/+/sensor");
    await until(() => outsider.on("printing/").length > 20);
    expect(await program.end("SIGINT", 3_000)).toEqual({ code: 0, signal: null });
    expect(program.logged("ended")).toEqual([expect.objectContaining({ unwritten: 0, dead: 0 })]);
  });

  it("goes on with what it has stored after it was killed", async () => {
    const first = await start();
    const before = await meet(first.mqtt, "printer/control/+", "printing/+/sensor");
    await until(() => before.on("printing/").length > 0);
    const reading = sensorReading("printer_9", 80);
    await before.publish("printing/printer_9/sensor", reading);
    await until(() => stored("printer_9").length === 2);
    expect(await first.program.end("SIGKILL")).toEqual({ code: null, signal: "SIGKILL" });

    const second = await start();
    const after = await meet(second.mqtt, "printing/+/sensor");
    await until(() => after.on("printing/").length > 0);
    await after.publish("printing/printer_9/sensor", sensorReading("printer_9", 40));
    await until(() => stored("printer_9").filter(({ kind }) => kind === "reading").length === 2);
    expect(await second.program.end("SIGINT")).toEqual({ code: 0, signal: null });
    const rows = await history("printer_9");
    expect(rows.slice(0, 2)).toEqual([
      expect.objectContaining({ timestamp: reading.timestamp, roughness: 80 }),
      expect.objectContaining({ speed: 50, outcome: "sent" }),
    ]);
  });
});
