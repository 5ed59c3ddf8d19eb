import { readdirSync, readFileSync } from "node:fs";
import { parse } from "yaml";

export interface GridPosition {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

export interface PanelJson {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: GridPosition;
  readonly datasource?: { readonly type: string; readonly uid: string };
  readonly targets?: readonly {
    readonly refId: string;
    readonly query: string;
    readonly datasource: { readonly uid: string };
  }[];
  readonly fieldConfig?: {
    readonly defaults: { readonly noValue?: string; readonly unit?: string };
    readonly overrides: readonly {
      readonly matcher: { readonly id: string; readonly options: string };
      readonly properties: readonly { readonly id: string; readonly value: unknown }[];
    }[];
  };
}

export interface DashboardJson {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly panels: readonly PanelJson[];
  readonly templating: {
    readonly list: readonly { readonly name: string; readonly query: { readonly query: string } }[];
  };
  readonly annotations: {
    readonly list?: readonly { readonly name: string; readonly target: { readonly query: string } }[];
  };
}

export interface RuleYaml {
  readonly uid: string;
  readonly title: string;
  readonly condition: string;
  readonly for: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly data: readonly {
    readonly refId: string;
    readonly datasourceUid: string;
    readonly model: {
      readonly query?: string;
      readonly expression?: string;
      readonly conditions?: readonly {
        readonly evaluator: { readonly type: string; readonly params: readonly number[] };
      }[];
    };
  }[];
}

const DASHBOARDS = "grafana/dashboards";
const PROVISIONING = "grafana/provisioning";

/** The committed dashboards, by the names of their files. */
export const dashboards: ReadonlyMap<string, DashboardJson> = new Map(
  readdirSync(DASHBOARDS).map((name) => [
    name.replace(/\.json$/, ""),
    JSON.parse(readFileSync(`${DASHBOARDS}/${name}`, "utf8")) as DashboardJson,
  ]),
);

/** A file below grafana/provisioning, parsed. */
export function provisioned(path: string): unknown {
  return parse(readFileSync(`${PROVISIONING}/${path}`, "utf8"));
}

export function alertRules(): readonly RuleYaml[] {
  const { groups } = provisioned("alerting/rules.yaml") as {
    readonly groups: readonly { readonly rules: readonly RuleYaml[] }[];
  };
  return groups.flatMap(({ rules }) => rules);
}

/** A script of Flux, and where it stands. */
export interface Query {
  readonly place: string;
  readonly kind: "panel" | "variable" | "annotation" | "alert";
  readonly flux: string;
  readonly panel?: PanelJson;
}

export function queriesOf(name: string, { panels, templating, annotations }: DashboardJson): Query[] {
  return [
    ...panels.flatMap((panel) =>
      (panel.targets ?? []).map(({ refId, query }) => ({
        place: `${name}: ${panel.title} (${refId})`,
        kind: "panel" as const,
        flux: query,
        panel,
      })),
    ),
    ...templating.list.map((variable) => ({
      place: `${name}: variable ${variable.name}`,
      kind: "variable" as const,
      flux: variable.query.query,
    })),
    ...(annotations.list ?? []).map((each) => ({
      place: `${name}: annotation ${each.name}`,
      kind: "annotation" as const,
      flux: each.target.query,
    })),
  ];
}

/** Every script of all dashboards and alert rules. */
export function allQueries(): Query[] {
  return [
    ...[...dashboards].flatMap(([name, dashboard]) => queriesOf(name, dashboard)),
    ...alertRules().flatMap(({ title, data }) =>
      data.flatMap(({ model }) =>
        model.query === undefined ? [] : [{ place: `alert: ${title}`, kind: "alert" as const, flux: model.query }],
      ),
    ),
  ];
}

export interface Shown {
  readonly start: Date;
  readonly stop: Date;
  readonly bucket: string;
  /** The step of a graph, as Flux writes it. */
  readonly step: string;
  readonly printer: string;
}

/** The script that Grafana sends: its variables, and those of the dashboard, filled in. */
export function filled(flux: string, { start, stop, bucket, step, printer }: Shown): string {
  const text = flux
    .replaceAll("v.timeRangeStart", start.toISOString())
    .replaceAll("v.timeRangeStop", stop.toISOString())
    .replaceAll("v.windowPeriod", step)
    .replaceAll("v.defaultBucket", JSON.stringify(bucket))
    .replaceAll("${printer_id:doublequote}", JSON.stringify(printer))
    .replaceAll("${threshold}", "75")
    .replaceAll(/\$\{\w+:regex\}/g, ".*");
  const left = /\$\{?\w+|\bv\.\w+/.exec(text);
  if (left) throw new Error(`nobody fills in ${left[0]}`);
  return text;
}
