import type * as cog from "@grafana/grafana-foundation-sdk/cog";

/** The data source as `grafana/provisioning/datasources` makes it. */
export const INFLUXDB = { type: "influxdb", uid: "layerstream-influxdb" } as const;

/** Packages that a script imports where it uses them. */
const PACKAGES = new Map([
  ["array", "array"],
  ["date", "date"],
  ["math", "math"],
  ["schema", "influxdata/influxdb/schema"],
  ["strings", "strings"],
]);

/** One Flux script made of its statements, with the imports that they need before them. */
export function script(...statements: readonly string[]): string {
  const body = statements.join("\n\n");
  const imports = [...PACKAGES]
    .filter(([name]) => new RegExp(`\\b${name}\\.`).test(body))
    .map(([, path]) => `import "${path}"\n`);
  return imports.length === 0 ? body : `${imports.join("")}\n${body}`;
}

export interface Rows {
  readonly measurement: string;
  /** One field, or several of the same type. */
  readonly field: string | readonly string[];
  /** Further conditions on the row `r`. */
  readonly where?: readonly string[];
  /** Reads from here on instead of from the beginning of what the dashboard shows. */
  readonly since?: string;
}

/** The beginning of a query: the rows of a measurement. The functions that go on with them stand behind, each after `|>`. */
export function rows({ measurement, field, where = [], since = "v.timeRangeStart" }: Rows): string {
  const fields = typeof field === "string" ? [field] : field;
  const named = fields.map((name) => `r._field == "${name}"`).join(" or ");
  return [
    "from(bucket: v.defaultBucket)",
    `range(start: ${since}, stop: v.timeRangeStop)`,
    `filter(fn: (r) => r._measurement == "${measurement}" and ${fields.length === 1 ? named : `(${named})`})`,
    ...where.map((condition) => `filter(fn: (r) => ${condition})`),
  ].join("\n  |> ");
}

/** `rows |> step |> step` */
export function piped(first: string, ...steps: readonly string[]): string {
  return [first, ...steps].join("\n  |> ");
}

/** So long before the end of what the dashboard shows: `ago("1m")`. */
export function ago(duration: string): string {
  return `date.sub(d: ${duration}, from: v.timeRangeStop)`;
}

/** Rows of one column, sorted so that the newest is the last: series of several jobs or hosts come together. */
export function newestBy(...columns: readonly string[]): string[] {
  return ["last()", groupBy(...columns), 'sort(columns: ["_time"])', "last()"];
}

export function groupBy(...columns: readonly string[]): string {
  return columns.length === 0 ? "group()" : `group(columns: [${quoted(columns)}])`;
}

export function keep(...columns: readonly string[]): string {
  return `keep(columns: [${quoted(columns)}])`;
}

/** The value under a name of its own: Grafana shows it in the legend. */
export function called(name: string): string {
  return `rename(columns: {_value: "${name}"})`;
}

/**
 * One value for each step of the graph. Right behind `rows` the database works it out while it reads; behind a `group` it
 * is handed every row, which takes ten times as long.
 */
export function perStep(fn: string): string {
  return every("v.windowPeriod", fn);
}

export function every(duration: string, fn: string): string {
  return `aggregateWindow(every: ${duration}, fn: ${fn}, createEmpty: false)`;
}

/** One table with a column for each value of a tag: Grafana shows the columns under their names. */
export function spread(tag: string): string[] {
  return [
    groupBy(),
    `pivot(rowKey: ["_time"], columnKey: ["${tag}"], valueColumn: "_value")`,
    'sort(columns: ["_time"])',
  ];
}

function quoted(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(", ");
}

/** One query of a panel, a variable or an alert. */
export class FluxQuery implements cog.Builder<cog.Dataquery> {
  readonly #target: object;

  constructor(query: string, refId: string) {
    this.#target = { refId, datasource: INFLUXDB, query };
  }

  build(): cog.Dataquery {
    return { ...this.#target, _implementsDataqueryVariant: () => undefined };
  }
}
