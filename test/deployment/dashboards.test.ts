import * as units from "@grafana/grafana-foundation-sdk/units";
import { Flux } from "@influxdata/flux-lsp-node";
import { describe, expect, it } from "@jest/globals";
import { readFileSync } from "node:fs";
import { grafanaFiles } from "../../grafana/source/files.js";
import { INFLUXDB, piped, rows, script } from "../../grafana/source/flux.js";
import { allQueries, dashboards, filled, queriesOf, type PanelJson, type Shown } from "./grafana-files.js";

const SHOWN: Shown = {
  start: new Date("2026-01-01T00:00:00Z"),
  stop: new Date("2026-01-01T01:00:00Z"),
  bucket: "printing_metrics",
  step: "10s",
  printer: "printer_1",
};

const panels = [...dashboards].flatMap(([name, { panels }]) =>
  panels.map((panel) => [`${name}: ${panel.title}`, panel] as const),
);
const working = panels.filter(([, { type }]) => type !== "row");

function overlap({ gridPos: a }: PanelJson, { gridPos: b }: PanelJson): boolean {
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}

function isValid(flux: string): boolean {
  const parsed = new Flux(flux);
  try {
    return parsed.is_valid();
  } finally {
    parsed.free();
  }
}

describe("the dashboards", () => {
  it("are those that the sources make", () => {
    for (const [path, text] of grafanaFiles()) expect([path, readFileSync(path, "utf8")]).toEqual([path, text]);
    expect([...dashboards.keys()].sort()).toEqual(["farm", "models", "pipeline", "printer"]);
  });

  it("have names, texts and addresses of their own", () => {
    const all = [...dashboards.values()];
    expect(new Set(all.map(({ uid }) => uid)).size).toBe(all.length);
    expect(new Set(all.map(({ title }) => title)).size).toBe(all.length);
    for (const { description } of all) expect(description).not.toBe("");
  });

  it.each([...dashboards])("%s: panels have numbers and places of their own", (_, { panels }) => {
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    for (const { id, gridPos } of panels) {
      expect(id).toBeGreaterThan(0);
      expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
    }
    const pairs = panels.flatMap((a, i) => panels.slice(i + 1).map((b) => [a, b] as const));
    expect(pairs.filter(([a, b]) => overlap(a, b)).map(([a, b]) => `${a.title} and ${b.title}`)).toEqual([]);
  });

  it.each(working)("%s says what it is for and asks our database", (_, panel) => {
    expect(panel.description ?? "").toMatch(/\.$/);
    expect(panel.datasource).toEqual(INFLUXDB);
    expect(panel.targets?.length).toBeGreaterThan(0);
    for (const { datasource } of panel.targets ?? []) expect(datasource).toEqual(INFLUXDB);
    const refs = (panel.targets ?? []).map(({ refId }) => refId);
    expect(new Set(refs).size).toBe(refs.length);
  });

  it.each(working.filter(([, { title }]) => title !== "Threshold"))("%s says what no data means", (_, panel) => {
    expect(panel.fieldConfig?.defaults.noValue).toMatch(/./);
  });

  it.each([...dashboards])("%s: has the variables that its queries name", (name, dashboard) => {
    const known = dashboard.templating.list.map((variable) => variable.name);
    for (const { flux } of queriesOf(name, dashboard))
      for (const [, variable] of flux.matchAll(/\$\{(\w+)/g)) expect(known).toContain(variable);
  });

  it("show units that Grafana has", () => {
    const known = Object.values<unknown>(units);
    for (const [, { fieldConfig }] of working) {
      const { defaults, overrides } = fieldConfig!;
      const own = overrides.flatMap(({ properties }) => properties.filter(({ id }) => id === "unit"));
      for (const unit of [defaults.unit, ...own.map(({ value }) => value as string)])
        if (unit !== undefined && !unit.startsWith("suffix:")) expect(known).toContain(unit);
    }
  });

  it("lead from a printer to its dashboard", () => {
    const link = "/d/layerstream-printer?var-printer_id=${__value.raw:percentencode}&${__url_time_range}";
    for (const name of ["farm", "models"]) expect(JSON.stringify(dashboards.get(name))).toContain(link);
    expect(dashboards.get("printer")).toMatchObject({ uid: "layerstream-printer" });
    expect(dashboards.get("printer")!.templating.list.map((variable) => variable.name)).toContain("printer_id");
  });
});

describe("the queries", () => {
  const queries = allQueries();

  it.each(queries.map(({ place, flux }) => [place, flux]))("%s is Flux, in syntax and types", (_, flux) => {
    expect(isValid(filled(flux, SHOWN))).toBe(true);
  });

  it("would not pass with a mistake in them", () => {
    const good = piped(rows({ measurement: "printer_sensor", field: "roughness" }), "mean()");
    expect(isValid(filled(good, SHOWN))).toBe(true);
    for (const bad of [
      `${good} |> nothing()`,
      `${good} |> mean(colunm: "_value")`,
      `${good} |> limit(n: "10")`,
      `${good} |>`,
    ])
      expect(isValid(filled(bad, SHOWN))).toBe(false);
  });

  it("import what they use", () => {
    expect(script("math.abs(x: 1.0)", 'strings.split(v: "a", t: "b")')).toMatch(
      /^import "math"\nimport "strings"\n\nmath/,
    );
  });
});
