import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import { startLoopbackInflux, type LoopbackInflux } from "../../../test/loopback-influx.js";
import { influxDatabase, type InfluxDatabase } from "../../connections/influxdb/database.js";
import { openInflux } from "../../connections/influxdb/open.js";
import type { LineSink } from "../../streams/component/definition.js";
import { DisconnectedError, type PartialWriteError } from "../../streams/component/errors.js";
import { contextFor, provide, silentLog } from "../../streams/contract/context.js";
import { RecordMaker } from "../../streams/contract/records.js";
import { sinkContract, writeTo } from "../../streams/contract/sink.js";
import { systemClock } from "../../streams/time/clock.js";
import { influxdb } from "./index.js";

let server: LoopbackInflux;
let database: InfluxDatabase;

beforeAll(async () => {
  server = await startLoopbackInflux();
  const settings = { url: server.url, token: "t", org: "o", bucket: "b" };
  database = await openInflux({ ...settings, log: silentLog, clock: systemClock });
});
afterEach(() => {
  server.decide = () => undefined;
});
afterAll(async () => {
  database.close();
  await server.close();
});

async function open(options: object = {}): Promise<LineSink<any>> {
  server.clear();
  const context = contextFor({ resources: [provide(influxDatabase, database)] });
  return influxdb.open(influxdb.options.parse(options), context);
}

const refusedBy = (write: Promise<unknown>): Promise<ReadonlyMap<number, string>> =>
  write.then(
    () => new Map(),
    (cause: unknown) => (cause as PartialWriteError).refused,
  );

describe("sink: influxdb", () => {
  const records = new RecordMaker();
  const readings = Array.from({ length: 20 }, (_, i) =>
    records.at("printer_1", i, { roughness: i, state: "printing" }),
  );

  sinkContract({ definition: influxdb, open, records: readings, written: () => server.points() });

  it("makes no line of what was not measured, and refuses a time that no database holds", async () => {
    const sink = await open();
    expect(sink.line(records.at("a", 1, { roughness: null }))).toBeUndefined();
    expect(() => sink.line(records.at("b", Infinity, { roughness: 2 }))).toThrow(/not between 1677 and 2262/);
  });

  it("writes the rest of the lines when the database refuses one, and says which", async () => {
    const sink = await open();
    const batch = [
      records.at("a", 2, { roughness: 1 }),
      records.at("b", 3, { roughness: 3, state: "a text where a number was" }),
      records.at("a", 4, { roughness: 4 }),
    ];
    server.decide = ({ lines }) =>
      lines.some((line) => line.includes("state")) ? { status: 422, body: "field type conflict" } : undefined;
    const refused = await refusedBy(writeTo(sink, batch));
    expect([...refused.entries()]).toEqual([[1, expect.stringMatching(/field type conflict/)]]);
    expect(server.points().map((line) => line.split(" ")[1])).toEqual(["roughness=1", "roughness=4"]);
  });

  it("asks to be called again when the database is away", async () => {
    const sink = await open();
    server.decide = () => ({ status: 503 });
    await expect(writeTo(sink, readings)).rejects.toThrow(DisconnectedError);
    server.decide = () => undefined;
    await writeTo(sink, readings);
    expect(server.points()).toHaveLength(readings.length);
  });

  it("gathers 5000 rows or a quarter of a second by default, and keeps 4 GiB on disk and half a million rows in memory before it lets the oldest go", () => {
    expect(influxdb.buffer(influxdb.options.parse({}))).toEqual({
      size: 5000,
      wait: 250,
      limit: 500_000,
      overflow: "drop-oldest",
      spool: 4 * 2 ** 30,
    });
  });

  it.each([
    [{ limit: 10 }, /the limit is below the size of one batch/],
    [{ tags: { printer_id: "x" } }, /set already/],
    [{ bucket: "b" }, /Unrecognized key/],
  ])("refuses the options %j", (options, message) => {
    expect(() => influxdb.options.parse(options)).toThrow(message);
  });

  it("says what to set where there is no database", () => {
    expect(() => influxdb.open(influxdb.options.parse({}), contextFor())).toThrow(/no InfluxDB: set INFLUXDB_URL/);
  });
});
