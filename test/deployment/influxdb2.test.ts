import { afterAll, afterEach, beforeAll, expect, it } from "@jest/globals";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { influxDatabase, type InfluxDatabase } from "../../src/connections/influxdb/database.js";
import { openInflux } from "../../src/connections/influxdb/open.js";
import { influxdb } from "../../src/sinks/influxdb/index.js";
import type { AnySink } from "../../src/streams/component/definition.js";
import { PartialWriteError } from "../../src/streams/component/errors.js";
import { contextFor, provide, silentLog } from "../../src/streams/contract/context.js";
import { RecordMaker } from "../../src/streams/contract/records.js";
import { writeTo } from "../../src/streams/contract/sink.js";
import { systemClock } from "../../src/streams/time/clock.js";
import { type FluxRow, Influxd, influxdSuite, influxdTitle } from "../influxd.js";
import { Mosquitto } from "../mosquitto.js";
import { INJECTING, ODD_IDS } from "../odd-ids.js";
import { Outsider, sensorReading } from "../outsider.js";
import { Program, until } from "../program.js";

const file = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const AT = 1686839530;
/** Of one measurement, a row for each record; the span is that of the readings made here. */
const stored = (measurement: string, more = ""): string => `
  from(bucket: "printing_metrics") |> range(start: 2023-01-01T00:00:00Z)
    |> filter(fn: (r) => r._measurement == "${measurement}")
    |> drop(columns: ["_start", "_stop"])
    |> pivot(rowKey: ["_time"], columnKey: ["_field"], valueColumn: "_value") ${more}`;
const withoutPlace = (row: FluxRow): object =>
  Object.fromEntries(Object.entries(row).filter(([name]) => !["result", "table", "_measurement"].includes(name)));

influxdSuite(influxdTitle("rows in InfluxDB 2"), () => {
  let influxd: Influxd;
  const records = new RecordMaker();
  const ends: (() => Promise<unknown>)[] = [];

  beforeAll(async () => {
    influxd = await Influxd.start();
  });
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });
  afterAll(() => influxd.close());

  async function open(more: { readonly token?: string; readonly bucket?: string } = {}): Promise<InfluxDatabase> {
    const { url, token, org, bucket } = influxd;
    const database = await openInflux({ url, token, org, bucket, log: silentLog, clock: systemClock, ...more });
    ends.push(async () => database.close());
    return database;
  }

  async function sink(): Promise<AnySink> {
    const context = contextFor({ resources: [provide(influxDatabase, await open())] });
    return influxdb.open(influxdb.options.parse({}), context);
  }

  it("holds a reading with its types, to the nanosecond, and once however often it is written", async () => {
    const value = {
      printer_id: "typed",
      timestamp: "2023-06-15T14:32:10.0005Z",
      job_id: "bracket 7, left",
      material: "PLA",
      nozzle_temp: 215,
      roughness: 32.5,
      filament_present: true,
      state: 'printing "fast" C:\\',
      anomaly: null,
      time: 5,
    };
    const record = records.at("typed", AT + 0.0005, value);
    const to = await sink();
    for (let written = 0; written < 2; written++) await writeTo(to, [record]);
    const rows = await influxd.query(of("typed"));
    expect(rows.map(withoutPlace)).toEqual([
      {
        _time: "2023-06-15T14:32:10.0005Z",
        printer_id: "typed",
        job_id: "bracket 7, left",
        material: "PLA",
        nozzle_temp: 215,
        roughness: 32.5,
        filament_present: true,
        state: 'printing "fast" C:\\',
        time_: 5,
      },
    ]);
    // A whole number is a float there: another reading may have a fraction.
    await writeTo(to, [records.at("typed", AT + 1, { nozzle_temp: 215.5 })]);
  });

  it.each(ODD_IDS)("reads the printer id %j back as %j", async (id, read) => {
    await writeTo(await sink(), [
      records.at(id, AT, { flow: 7, note: INJECTING }),
      records.at("after", AT, { flow: 8 }),
    ]);
    const rows = await influxd.query(stored("printer_sensor", "|> filter(fn: (r) => exists r.flow)"));
    const ids = rows.map(({ printer_id }) => printer_id);
    expect(ids).toContain(read);
    expect(ids).toContain("after");
    expect(ids).not.toContain("injected");
  });

  it("refuses a field that changed its type, and has the rest", async () => {
    const to = await sink();
    await writeTo(to, [records.at("changed", AT, { note_or_number: 1 })]);
    const batch = [2, 3, 4].map((i) => records.at("changed", AT + i, { note_or_number: i === 3 ? "three" : i }));
    const refused = await writeTo(to, batch).then(
      () => undefined,
      (cause: unknown) => cause,
    );
    expect(refused).toBeInstanceOf(PartialWriteError);
    expect([...(refused as PartialWriteError).refused.entries()]).toEqual([
      [1, expect.stringMatching(/field type conflict/)],
    ]);
    const rows = await influxd.query(of("changed"));
    expect(rows.map(({ note_or_number }) => note_or_number)).toEqual([1, 2, 4]);
  });

  it.each([
    ["a token that nobody knows", { token: "unknown" }, /does not know the token; set INFLUXDB_TOKEN/],
    ["no token", { token: "" }, /does not know the token; set INFLUXDB_TOKEN/],
    ["a bucket that is not there", { bucket: "elsewhere" }, /no bucket "elsewhere" in organisation "layerstream"/],
  ])("says what to set where there is %s", async (_, settings, message) => {
    await expect(open(settings)).rejects.toThrow(message);
  });

  it("says what to set where the token may only read", async () => {
    await expect(open({ token: await influxd.tokenFor("read") })).rejects.toThrow(/INFLUXDB_TOKEN|INFLUXDB_BUCKET/);
  });

  async function start(token: string): Promise<{ readonly program: Program; readonly printers: Outsider }> {
    const folder = await mkdtemp(join(tmpdir(), "influxdb2-"));
    ends.push(() => rm(folder, { recursive: true, force: true }));
    const broker = await Mosquitto.start();
    ends.push(() => broker.remove());
    const settings = { STATE_DIR: folder, MQTT_URL: broker.url, INFLUXDB_URL: influxd.url, INFLUXDB_TOKEN: token };
    const program = new Program(settings, ["run", file("config/pipelines/quality.yaml")]);
    ends.push(() => program.end("SIGKILL"));
    await program.line("running");
    const printers = await Outsider.join(broker.url, ["printer/control/+"]);
    ends.push(() => printers.leave());
    // It subscribes a moment after it says that it runs.
    const first = sensorReading("first", 30);
    await until(async () => {
      await printers.publish("printing/first/sensor", first);
      return (await influxd.query(of("first", Date.parse(String(first["timestamp"]))))).length > 0;
    });
    return { program, printers };
  }

  /** The readings of a printer, from a time on. */
  const of = (printer: string, since = 0): string =>
    stored(
      "printer_sensor",
      `|> filter(fn: (r) => r.printer_id == "${printer}" and r._time >= ${new Date(since).toISOString()})`,
    );
  const holds = (printer: string, count: number): Promise<void> =>
    until(async () => (await influxd.query(of(printer))).length === count);

  it("is written to by the program with a token that may write and nothing else, and exported", async () => {
    const { program, printers } = await start(await influxd.tokenFor("write"));
    const begin = Date.now() - 60_000;
    for (let i = 0; i < 50; i++)
      await printers.publish("printing/rough/sensor", sensorReading("rough", i < 40 ? 30 : 80, begin + i * 1000));
    await holds("rough", 50);
    await until(() => printers.heard.length > 0);
    expect(await program.end("SIGINT")).toEqual({ code: 0, signal: null });

    const rows = await influxd.query(await readFile(file("scripts/export.iql"), "utf8"));
    const exported = (result: string) => rows.filter((row) => row.result === result && row.printer_id === "rough");
    expect(exported("readings").map(({ _time, roughness }) => [Date.parse(String(_time)), roughness])).toEqual(
      Array.from({ length: 50 }, (_, i) => [begin + i * 1000, i < 40 ? 30 : 80]),
    );
    expect(new Set(exported("predictions").map(({ model }) => model))).toEqual(new Set(["anomaly", "roughness"]));
    expect(exported("adjustments")).toEqual([
      expect.objectContaining({ speed: 50, outcome: "sent", command: "speed" }),
    ]);
    expect(exported("alerts")).toContainEqual(expect.objectContaining({ rule: "rough", raised: true, observed: 80 }));
    expect(program.logged("ended")).toEqual([expect.objectContaining({ unwritten: 0, dead: 0 })]);
  });

  it("has every row once after it was away", async () => {
    const { program, printers } = await start(influxd.token);
    const begin = Date.now() - 60_000;
    const send = async (from: number, to: number) => {
      for (let i = from; i < to; i++)
        await printers.publish("printing/away/sensor", sensorReading("away", i, begin + i * 100));
    };
    await send(0, 40);
    await influxd.stop();
    await send(40, 80);
    await program.line("cannot write, trying again");
    await influxd.run();
    await send(80, 120);
    await holds("away", 120);
    expect(await program.end("SIGINT")).toEqual({ code: 0, signal: null });
    expect(program.logged("ended")).toEqual([expect.objectContaining({ unwritten: 0, dead: 0 })]);
  });
});
