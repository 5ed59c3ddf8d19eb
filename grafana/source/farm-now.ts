import { ago, groupBy, keep, newestBy, piped, rows, script } from "./flux.js";
import { ALERT, FEEDBACK, ODD, PREDICTION, ROUGH, SENSOR, SILENT_AFTER, VITAL } from "./names.js";

/*
 * How each printer is at the end of what the dashboard shows: a row a printer. An episode stays open while its printer is
 * silent, so a silent printer is called that, whatever else is the matter with it.
 */

/** Takes a row of each printer and makes a cell of it. */
export const NAMED = `named = (tables=<-, name) => tables
  |> map(fn: (r) => ({printer_id: r.printer_id, name: name, _value: float(v: r._value)}))`;

/** Seconds since the last reading of each printer. */
export const SEEN = `seen = ${piped(
  rows({ measurement: SENSOR, field: VITAL }),
  ...newestBy("printer_id"),
  "map(fn: (r) => ({r with _value: float(v: int(v: v.timeRangeStop) - int(v: r._time)) / 1000000000.0}))",
  'named(name: "silence")',
)}`;

function newest(name: string, measurement: string, field: string): string {
  return `${name} = ${piped(rows({ measurement, field }), ...newestBy("printer_id"), `named(name: "${name}")`)}`;
}

/** 1 where the newest word of a rule is that its episode has begun. */
function episode(rule: string): string {
  return `${rule} = ${piped(
    rows({ measurement: ALERT, field: "raised", where: [`r.rule == "${rule}"`], since: ago("24h") }),
    ...newestBy("printer_id"),
    "map(fn: (r) => ({r with _value: if r._value then 1.0 else 0.0}))",
    `named(name: "${rule}")`,
  )}`;
}

const ADJUSTMENTS = `adjustments = ${piped(
  rows({ measurement: FEEDBACK, field: "command_id", where: ['r.outcome == "sent"'] }),
  groupBy("printer_id"),
  "count()",
  'named(name: "adjustments")',
)}`;

const SILENCE = seconds(SILENT_AFTER);

/** A table `printers` with `status`, one of silent, rough, odd and well. */
function printers(...cells: readonly string[]): readonly string[] {
  return [
    `printers = ${piped(
      `union(tables: [seen, ${[ROUGH, ODD, ...cells].join(", ")}])`,
      groupBy(),
      'pivot(rowKey: ["printer_id"], columnKey: ["name"], valueColumn: "_value")',
      "filter(fn: (r) => exists r.silence)",
      `map(fn: (r) => ({r with status:
    if r.silence > ${SILENCE} then "silent"
    else if exists r.${ROUGH} and r.${ROUGH} > 0.0 then "rough"
    else if exists r.${ODD} and r.${ODD} > 0.0 then "odd"
    else "well",
  }))`,
    )}`,
  ];
}

const JUDGED = [NAMED, SEEN, episode(ROUGH), episode(ODD)];

export const PRINTERS = script(
  ...JUDGED,
  newest("roughness", SENSOR, "roughness"),
  newest("forecast", PREDICTION, "roughness"),
  newest("anomaly_score", PREDICTION, "anomaly_score"),
  ADJUSTMENTS,
  ...printers("roughness", "forecast", "anomaly_score", "adjustments"),
  piped(
    "printers",
    // Those in trouble first.
    `map(fn: (r) => ({r with rank: if r.status == "rough" then 3 else if r.status == "silent" then 2 else if r.status == "odd" then 1 else 0}))`,
    'sort(columns: ["rank", "roughness"], desc: true)',
    keep("printer_id", "status", "roughness", "forecast", "anomaly_score", "adjustments", "silence"),
  ),
);

/** How many printers are so. */
export function printersThatAre(...status: readonly string[]): string {
  return script(
    ...JUDGED,
    ...printers(),
    piped(
      "printers",
      `filter(fn: (r) => ${status.map((word) => `r.status == "${word}"`).join(" or ")})`,
      'count(column: "status")',
    ),
  );
}

function seconds(duration: string): string {
  const [, amount, unit] = /^(\d+)([sm])$/.exec(duration)!;
  return (Number(amount) * (unit === "m" ? 60 : 1)).toFixed(1);
}

export const RATE_NOW = script(
  piped(
    rows({ measurement: SENSOR, field: "nozzle_temp", since: ago("1m") }),
    groupBy(),
    "count()",
    "map(fn: (r) => ({_value: float(v: r._value) / 60.0}))",
  ),
);
