import { beforeAll, describe, expect, it } from "@jest/globals";
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import * as names from "../../grafana/source/names.js";
import { describeSettings } from "../../src/settings.js";
import { startLoopbackInflux, type LoopbackInflux } from "../loopback-influx.js";
import { namesIn } from "./flux-names.js";
import { allQueries } from "./grafana-files.js";
import { QualityRun } from "./quality-run.js";
import { linesOfMetrics, unwritten, writtenIn } from "./written.js";

const queries = allQueries().map((query) => ({ ...query, names: namesIn(query.flux) }));
/** Of the broker and the machine, which Telegraf alone writes. */
const BESIDE = new Set<string>([names.BROKER, names.CPU, names.MEMORY, names.DISK]);
const ofProgram = queries.filter(({ names: { measurements } }) => [...measurements].every((name) => !BESIDE.has(name)));

describe("what panels, variables, marks and alerts ask for", () => {
  let database: LoopbackInflux;
  let written: ReturnType<typeof writtenIn>;

  beforeAll(async () => {
    database = await startLoopbackInflux();
    const run = await QualityRun.start({ INFLUXDB_URL: database.url, INFLUXDB_TOKEN: "any" });
    try {
      await run.feed();
      const metrics = linesOfMetrics(await run.metrics(), names.PROCESSOR);
      await run.end();
      written = writtenIn([...database.points(), ...metrics]);
    } finally {
      await database.close();
    }
  }, 120_000);

  it("is much", () => {
    expect(ofProgram.length).toBeGreaterThan(70);
    expect(queries.filter(({ names: { measurements } }) => measurements.size > 0).length).toBeGreaterThan(80);
  });

  it.each(ofProgram.map(({ place, names }) => [place, names] as const))("%s: is written by the program", (_, asked) => {
    expect(unwritten(asked, written)).toEqual([]);
  });

  it("would be found out in any of them with a field that is wrong", () => {
    for (const { place, flux, names: asked } of ofProgram)
      for (const [, field] of asked.fields) {
        const broken = flux.replaceAll(`r._field == "${field}"`, `r._field == "${field}s"`);
        expect([place, unwritten(namesIn(broken), written)]).toEqual([
          place,
          expect.arrayContaining([expect.stringContaining(`field ${field}s of `)]),
        ]);
      }
  });

  it.each([
    ["a field", 'r._measurement == "printer_sensor" and r._field == "roughnes"', "field roughnes of printer_sensor"],
    ["a measurement", 'r._measurement == "printer_sensors" and r._field == "roughness"', "measurement printer_sensors"],
    [
      "a field of another measurement",
      'r._measurement == "printer_alert" and r._field == "reason"',
      "field reason of printer_alert",
    ],
    [
      "a tag",
      'r._measurement == "printer_alert" and r._field == "raised" and r.rool == "rough"',
      "tag rool of printer_alert",
    ],
    [
      "a rule",
      'r._measurement == "printer_alert" and r._field == "raised" and r.rule == "ruff"',
      'rule "ruff" of printer_alert',
    ],
  ])("would be found out with %s that is wrong", (_, condition, problem) => {
    expect(
      unwritten(namesIn(`from(bucket: "b") |> range(start: -1h) |> filter(fn: (r) => ${condition})`), written),
    ).toContain(problem);
  });

  it("would be found out in columns of groups and pivots too", () => {
    const asked = (steps: string) =>
      unwritten(
        namesIn(`from(bucket: "b") |> range(start: -1h)
          |> filter(fn: (r) => r._measurement == "printer_sensor" and r._field == "roughness") |> ${steps}`),
        written,
      );
    expect(asked('group(columns: ["printer_id"])')).toEqual([]);
    expect(asked('group(columns: ["printer"])')).toEqual(["tag printer of printer_sensor"]);
    expect(asked('distinct(column: "printr_id")')).toEqual(["tag printr_id of printer_sensor"]);
    expect(asked("map(fn: (r) => ({r with rough: r.rougness}))")).toEqual(["tag rougness of printer_sensor"]);
    expect(asked('map(fn: (r) => ({r with rough: 1.0})) |> keep(columns: ["rough", "job_id"])')).toEqual([]);
  });
});

describe("the names in grafana/source", () => {
  const { operators, sources, sinks } = parse(readFileSync("config/pipelines/quality.yaml", "utf8")) as Record<
    string,
    Readonly<Record<string, Readonly<Record<string, unknown>>>>
  >;

  it("are those of quality.yaml, with its limits", () => {
    expect(operators![names.ODD]).toMatchObject({ type: "threshold", above: names.ODD_ABOVE, clear: names.ODD_CLEAR });
    expect(operators![names.ROUGH]).toMatchObject({ type: "threshold", field: "roughness" });
    const written = Object.keys({ ...sources, ...operators, ...sinks }).filter((name) => name !== "history");
    expect([...names.NODES].sort()).toEqual(written.sort());
  });

  it("are those of the models and settings", () => {
    const card = (model: string) =>
      JSON.parse(readFileSync(`models/${model}/card.json`, "utf8")) as Record<string, unknown>;
    expect(card(names.ROUGHNESS_MODEL)).toMatchObject({
      target: { horizon_seconds: Number.parseInt(names.HORIZON, 10) },
    });
    expect(card(names.ANOMALY_MODEL)).toMatchObject({ outputs: ["anomaly_score", "anomaly_error"] });
    const threshold = describeSettings().find(({ name }) => name === "ROUGHNESS_THRESHOLD");
    expect(threshold?.default).toBe(String(names.DEFAULT_THRESHOLD));
  });
});
