import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { readFile } from "node:fs/promises";
import { PROCESSOR } from "../../grafana/source/names.js";
import { Influxd, influxdProgram, influxdTitle, type FluxRow } from "../influxd.js";
import { Mosquitto, mosquittoProgram } from "../mosquitto.js";
import { until } from "../program.js";
import { Telegraf, telegrafSuite, telegrafTitle } from "../telegraf.js";
import { namesIn } from "./flux-names.js";
import { alertRules, allQueries, filled, type PanelJson, type Shown } from "./grafana-files.js";
import { QualityRun } from "./quality-run.js";

const USERS = { mlops_user: "processor-password", telegraf: "telegraf-password", operator: "operator-password" };
/** Nothing of the kind happens here. */
const EMPTY = ["pipeline: Sinks cut off (A)", "pipeline: Dropped by the broker (A)"];
const queries = allQueries();
const ofKind = (kind: string) =>
  queries.filter((query) => query.kind === kind).map(({ place, flux, panel }) => [place, flux, panel] as const);

const suite = influxdProgram && mosquittoProgram ? telegrafSuite : describe.skip;

suite(influxdTitle(telegrafTitle("dashboards and alert rules, asked of InfluxDB")), () => {
  let database: Influxd;
  let shown: Shown;
  const ends: (() => Promise<unknown>)[] = [];

  beforeAll(async () => {
    database = await Influxd.start();
    ends.push(() => database.close());
    const broker = await Mosquitto.start(USERS, await readFile("config/acl", "utf8"), ["sys_interval 1"]);
    ends.push(() => broker.remove());
    const { url, token } = database;
    const { url: MQTT_URL } = broker;
    const run = await QualityRun.start(
      { MQTT_URL, MQTT_PASSWORD: USERS.mlops_user, INFLUXDB_URL: url, INFLUXDB_TOKEN: token },
      { username: "operator", password: USERS.operator },
    );
    ends.push(() => run.end());
    const telegraf = await Telegraf.start(
      { influxdb_token: token, mqtt_telegraf_password: USERS.telegraf },
      { MQTT_URL, INFLUXDB_URL: url, PROCESSOR_URL: `${run.http}/metrics` },
    );
    ends.push(() => telegraf.close());
    // What a counter grew is seen when it was collected twice.
    await run.sendLate();
    await until(collected('r._field == "layerstream_side_records_total"'));
    await run.feed();
    await until(collected('r._field == "layerstream_side_records_total" and r._value > 1.0'));
    const stop = new Date();
    const start = new Date(stop.getTime() - 600_000);
    shown = { start, stop, bucket: database.bucket, step: "10s", printer: "printer_5" };
  }, 180_000);
  afterAll(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });

  function collected(condition: string): () => Promise<boolean> {
    return async () => {
      const rows = await database.query(`from(bucket: "${database.bucket}") |> range(start: -10m)
        |> filter(fn: (r) => r._measurement == "${PROCESSOR}" and ${condition}) |> limit(n: 1)`);
      return rows.length > 0;
    };
  }

  it.each(ofKind("panel"))("%s", async (place, flux, panel) => {
    const rows = await database.query(filled(flux, shown));
    if (EMPTY.includes(place)) expect(rows).toEqual([]);
    else expect(rows.length).toBeGreaterThan(0);
    for (const row of rows) showable(panel!, row);
  });

  /** Whether a panel of this kind can show the row. */
  function showable({ type, fieldConfig }: PanelJson, row: FluxRow): void {
    const cells = Object.fromEntries(Object.entries(row).filter(([name]) => !["result", "table"].includes(name)));
    switch (type) {
      case "timeseries": {
        // A text among the columns, and Grafana takes all of it for a table.
        const { _time, ...values } = cells;
        expect(_time).toEqual(expect.stringMatching(/^\d{4}-.*Z$/));
        expect(Object.values(values).length).toBeGreaterThan(0);
        for (const value of Object.values(values)) expect(value === null ? "number" : typeof value).toBe("number");
        return;
      }
      case "stat":
        // Several values stand beside each other; a text stands alone.
        expect(Object.keys(cells).filter((name) => name !== "_time").length).toBeGreaterThan(0);
        if (Object.keys(cells).length > 2)
          for (const value of Object.values(cells)) expect(typeof value).toBe("number");
        return;
      default: {
        const columns = fieldConfig!.overrides.map(({ matcher }) => matcher.options);
        expect(Object.keys(cells).sort()).toEqual(columns.sort());
      }
    }
  }

  it.each(ofKind("variable"))("%s", async (_, flux) => {
    const rows = await database.query(filled(flux, shown));
    expect(rows.length).toBeGreaterThan(0);
    for (const row of rows) expect(row).toEqual({ result: "_result", table: 0, _value: expect.stringMatching(/./) });
  });

  it.each(ofKind("annotation"))("%s", async (_, flux) => {
    const rows = await database.query(filled(flux, shown));
    expect(rows.length).toBeGreaterThan(0);
    const text = expect.stringMatching(/./);
    for (const row of rows) expect(row).toMatchObject({ table: 0, _time: text, title: text, text, tags: text });
  });

  it.each(ofKind("alert"))("%s", async (place, flux) => {
    const rows = await database.query(filled(flux, shown));
    expect(rows.length).toBeGreaterThan(0);
    // Each is a series of its own, with the labels that the words of the alert name.
    expect(rows.map(({ table }) => table)).toEqual(rows.map((_, i) => i));
    const { annotations } = alertRules().find(({ title }) => place === `alert: ${title}`)!;
    const labels = [...annotations["summary"]!.matchAll(/\.Labels\.(\w+)/g)].map(([, label]) => label!);
    for (const row of rows) {
      expect([Date.parse(String(row["_time"])), typeof row["_value"]]).toEqual([shown.stop.getTime(), "number"]);
      expect(Object.keys(row).sort()).toEqual(["_time", "_value", "result", "table", ...new Set(labels)].sort());
    }
  });

  it("alerts for whom it should, and for nobody else", async () => {
    const alerting = async (title: string): Promise<FluxRow[]> => {
      const { data } = alertRules().find((rule) => rule.title === title)!;
      const [{ evaluator }] = data[2]!.model.conditions as [{ evaluator: { type: string; params: readonly number[] } }];
      const [limit] = evaluator.params as [number];
      const rows = await database.query(filled(data[0]!.model.query!, shown));
      return rows.filter(({ _value }) => (evaluator.type === "gt" ? Number(_value) > limit : Number(_value) < limit));
    };
    expect((await alerting("Printer silent")).map(({ printer_id }) => printer_id)).toEqual(["printer_10"]);
    expect((await alerting("Dead letters")).map(({ node }) => node)).toEqual(["sensors"]);
    // printer_10 came late, so for some seconds the processor is behind, which is what five minutes of patience are for.
    for (const title of ["Processor down", "Rows wait for the database"])
      expect([title, await alerting(title)]).toEqual([title, []]);

    // As Telegraf sees the disk of its container's machine.
    const places = ["/etc/hosts", "/etc/hostname", "/run/secrets/http_token"];
    const at = (shown.stop.getTime() - 60_000) * 1e6;
    await database.write(
      places.map((path) => `disk,host=box,device=sda1,path=${path} used_percent=90 ${at}`).join("\n"),
    );
    const full = (await alerting("Disk filling")).filter(({ host }) => host === "box");
    expect(full.map(({ device, _value }) => [device, _value])).toEqual([["sda1", 90]]);
  });

  it("holds every field that is asked for, of the broker and the machine too", async () => {
    const rows = await database.query(`from(bucket: "${shown.bucket}") |> range(start: -15m) |> last()
      |> keep(columns: ["_measurement", "_field"]) |> group() |> unique(column: "_field")`);
    const held = rows.map(({ _field }) => _field);
    for (const { place, flux } of queries)
      for (const [, field] of namesIn(flux).fields)
        expect([place, held]).toEqual([place, expect.arrayContaining([field])]);
  });

  it("tells who is how", async () => {
    const { flux } = queries.find(({ place }) => place === "farm: Printers (A)")!;
    const rows = await database.query(filled(flux, shown));
    const status = Object.fromEntries(rows.map(({ printer_id, status }) => [printer_id, status]));
    expect(status).toMatchObject({ printer_5: "rough", printer_9: "rough", printer_10: "silent", printer_11: "well" });
    expect(Object.keys(status)).toHaveLength(11);
  });

  it("finds no printer where there is none, and says so without an error", async () => {
    const before = { ...shown, start: new Date("2020-01-01T00:00:00Z"), stop: new Date("2020-01-01T01:00:00Z") };
    for (const { place, kind, flux } of queries) {
      const rows = await database.query(filled(flux, before));
      // Lines of the threshold need no rows.
      if (kind !== "variable" && !flux.includes("array.from")) expect([place, rows]).toEqual([place, []]);
    }
  });
});
