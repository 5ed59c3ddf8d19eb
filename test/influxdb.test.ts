import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { influxDatabase, type InfluxDatabase } from "../src/connections/influxdb/database.js";
import { openInflux } from "../src/connections/influxdb/open.js";
import { influxdb } from "../src/sinks/influxdb/index.js";
import type { AnySink } from "../src/streams/component/definition.js";
import { contextFor, provide, silentLog } from "../src/streams/contract/context.js";
import { writeTo } from "../src/streams/contract/sink.js";
import { RecordMaker } from "../src/streams/contract/records.js";
import { systemClock } from "../src/streams/time/clock.js";
import { INJECTING, ODD_IDS } from "./odd-ids.js";
import { startVictoriaMetrics, victoriaMetricsProgram, type VictoriaMetrics } from "./victoria-metrics.js";

const suite = victoriaMetricsProgram ? describe : describe.skip;
const title = victoriaMetricsProgram
  ? "rows in VictoriaMetrics"
  : "SKIPPED, NO victoria-metrics ON THIS MACHINE: rows in VictoriaMetrics";

suite(title, () => {
  let server: VictoriaMetrics;
  let database: InfluxDatabase;
  let sink: AnySink;
  const records = new RecordMaker();

  beforeAll(async () => {
    server = await startVictoriaMetrics(victoriaMetricsProgram!);
    const settings = { url: server.url, token: "any", org: "layerstream", bucket: "printing_metrics" };
    database = await openInflux({ ...settings, log: silentLog, clock: systemClock });
    const context = contextFor({ resources: [provide(influxDatabase, database)] });
    sink = await influxdb.open(influxdb.options.parse({}), context);
  });
  afterAll(async () => {
    database.close();
    await server.close();
  });

  it("holds the sample reading at its own time", async () => {
    const value = {
      printer_id: "printer_1",
      timestamp: "2023-06-15T14:32:10Z",
      layer_height: 0.2,
      nozzle_temp: 215,
      bed_temp: 60,
      roughness: 32,
      anomaly: null,
    };
    await writeTo(sink, [records.at("printer_1", 1686839530, value)]);
    const series = (await server.series("printer_sensor")).filter(({ metric }) => metric.printer_id === "printer_1");
    expect(series.map(({ metric, values, timestamps }) => [metric.__name__, values, timestamps])).toEqual([
      ["printer_sensor_bed_temp", [60], [1686839530000]],
      ["printer_sensor_layer_height", [0.2], [1686839530000]],
      ["printer_sensor_nozzle_temp", [215], [1686839530000]],
      ["printer_sensor_roughness", [32], [1686839530000]],
    ]);
  });

  it("holds thousands of rows of several printers, each at its time", async () => {
    const batch = Array.from({ length: 4000 }, (_, i) =>
      records.at(`many_${i % 4}`, 1686839530 + i / 10, { vibration: i, filament_present: i % 2 === 0 }),
    );
    await writeTo(sink, batch);
    const series = await server.series("printer_sensor_vibration");
    expect(series.map(({ metric }) => metric.printer_id).sort()).toEqual(["many_0", "many_1", "many_2", "many_3"]);
    for (const { metric, values, timestamps } of series) {
      const own = batch.filter(({ key }) => key === metric.printer_id);
      expect(timestamps).toEqual(own.map(({ eventTime }) => Math.floor(eventTime)));
      expect(values).toEqual(own.map(({ value }) => value.vibration));
    }
  });

  it("holds a record that was written twice once", async () => {
    const record = records.at("printer_2", 1686839530, { feedrate: 80 });
    await writeTo(sink, [record]);
    await writeTo(sink, [record]);
    const [series] = await server.series("printer_sensor_feedrate");
    expect(series).toMatchObject({ values: [80], timestamps: [1686839530000] });
  });

  it.each(ODD_IDS)("reads the printer id %j back as %j", async (id, read) => {
    await writeTo(sink, [
      records.at(id, 1686839530, { flow: 7, note: INJECTING }),
      records.at("after", 1686839530, { flow: 8 }),
    ]);
    const ids = (await server.series("printer_sensor_flow")).map(({ metric }) => metric.printer_id);
    expect(ids).toContain(read);
    expect(ids).toContain("after");
    expect(ids).not.toContain("injected");
  });
});
