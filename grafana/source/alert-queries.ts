import { groupBy, newestBy, piped, rows, script } from "./flux.js";
import { NAMED, SEEN } from "./farm-now.js";
import { ALERT, DISK, ODD, PROCESSOR, ROUGH, SENSOR } from "./names.js";

/*
 * Grafana's expressions want series: rows with `_time` and `_value`, and whatever tells one alert from another as the
 * group key. No `$` anywhere: Grafana would take it for a variable of the environment.
 */

/** A row a printer with a column for each of the cells. */
function printersWith(...cells: readonly string[]): string {
  return piped(
    `union(tables: [seen, ${cells.join(", ")}])`,
    groupBy(),
    'pivot(rowKey: ["printer_id"], columnKey: ["name"], valueColumn: "_value")',
    "filter(fn: (r) => exists r.silence)",
  );
}

function series(value: string, ...labels: readonly string[]): string[] {
  const kept = labels.map((label) => `${label}: r.${label}, `).join("");
  return [`map(fn: (r) => ({_time: v.timeRangeStop, ${kept}_value: ${value}}))`, groupBy(...labels)];
}

/** Seconds of silence of each printer that printed when it was last heard, or does not tell what it does. */
export const SILENCE = script(
  NAMED,
  SEEN,
  `printing = ${piped(
    rows({ measurement: SENSOR, field: "state" }),
    ...newestBy("printer_id"),
    'map(fn: (r) => ({r with _value: if r._value == "printing" then 1.0 else 0.0}))',
    'named(name: "printing")',
  )}`,
  piped(
    printersWith("printing"),
    "filter(fn: (r) => not exists r.printing or r.printing > 0.0)",
    ...series("r.silence", "printer_id"),
  ),
);

/** Seconds since each open episode of roughness began, of printers that are heard. */
export const ROUGH_FOR = script(
  NAMED,
  SEEN,
  // The name of an episode ends with the time of its beginning; reminders come under the same name.
  `rough = ${piped(
    rows({ measurement: ALERT, field: "episode", where: [`r.rule == "${ROUGH}"`] }),
    ...newestBy("printer_id"),
    'filter(fn: (r) => r.state == "raised")',
    `map(fn: (r) => ({r with _value: float(v: int(v: v.timeRangeStop) - int(v: time(v: strings.split(v: r._value, t: "/")[2]))) / 1000000000.0}))`,
    'named(name: "rough")',
  )}`,
  piped(
    printersWith("rough"),
    "filter(fn: (r) => exists r.rough and r.silence < 60.0)",
    ...series("r.rough", "printer_id"),
  ),
);

/** Of the printers that are heard, the share in an odd episode; 0 where there are fewer than three such printers. */
export const ODD_SHARE = script(
  NAMED,
  SEEN,
  `odd = ${piped(
    rows({ measurement: ALERT, field: "raised", where: [`r.rule == "${ODD}"`] }),
    ...newestBy("printer_id"),
    "map(fn: (r) => ({r with _value: if r._value then 1.0 else 0.0}))",
    'named(name: "odd")',
  )}`,
  piped(
    printersWith("odd"),
    "filter(fn: (r) => r.silence < 60.0)",
    `reduce(
    identity: {printers: 0.0, odd: 0.0},
    fn: (r, accumulator) => ({
      printers: accumulator.printers + 1.0,
      odd: accumulator.odd + (if exists r.odd then r.odd else 0.0),
    }),
  )`,
    ...series("if r.odd < 3.0 then 0.0 else r.odd / r.printers"),
  ),
);

/** How many processors Telegraf has reached. */
export const PROCESSES = script(
  piped(
    rows({ measurement: PROCESSOR, field: "process_start_time_seconds" }),
    "last()",
    groupBy(),
    "count()",
    ...series("float(v: r._value)"),
  ),
);

/** Seconds that a node lies behind the clock. */
export const DELAY = script(
  piped(
    rows({ measurement: PROCESSOR, field: "layerstream_watermark_seconds" }),
    "last()",
    "map(fn: (r) => ({r with _value: float(v: int(v: r._time)) / 1000000000.0 - r._value}))",
    groupBy("pipeline", "node"),
    "max()",
    ...series("r._value", "pipeline", "node"),
  ),
);

/** Records that have waited on disk all the time, by sink. */
export const WAITING = script(
  piped(
    rows({ measurement: PROCESSOR, field: "layerstream_records_on_disk" }),
    groupBy("pipeline", "node"),
    "min()",
    ...series("r._value", "pipeline", "node"),
  ),
);

export const DEAD = script(
  piped(
    rows({ measurement: PROCESSOR, field: "layerstream_dead_letters_total" }),
    "difference(nonNegative: true)",
    groupBy("pipeline", "node"),
    "sum()",
    ...series("r._value", "pipeline", "node"),
  ),
);

/** In a container one disk is mounted at several places: it is known by its device. */
export const DISK_USED = script(
  piped(
    rows({ measurement: DISK, field: "used_percent" }),
    "last()",
    groupBy("host", "device"),
    "max()",
    ...series("r._value", "host", "device"),
  ),
);
