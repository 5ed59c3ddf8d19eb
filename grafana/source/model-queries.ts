import { groupBy, keep, perStep, piped, rows, script, spread } from "./flux.js";
import { ANOMALY_MODEL, HORIZON, ODD_ABOVE, PREDICTION, ROUGHNESS_MODEL, SENSOR } from "./names.js";

/** The models that are chosen. */
const CHOSEN = "r.model =~ /^${model:regex}$/";

export const MODELS = script(
  `schema.tagValues(bucket: v.defaultBucket, tag: "model", predicate: (r) => r._measurement == "${PREDICTION}", start: v.timeRangeStart, stop: v.timeRangeStop)`,
);

export const SCORES = rows({ measurement: PREDICTION, field: "anomaly_score", where: [CHOSEN] });
export const ERRORS = rows({
  measurement: PREDICTION,
  field: "anomaly_error",
  where: [`r.model == "${ANOMALY_MODEL}"`],
});

export const WINDOWS_PER_SECOND = script(
  piped(
    rows({ measurement: PREDICTION, field: "window_end", where: [CHOSEN] }),
    groupBy("model"),
    perStep("count"),
    "map(fn: (r) => ({r with _value: float(v: r._value) * 1000000000.0 / float(v: int(v: v.windowPeriod))}))",
    ...spread("model"),
  ),
);

/** Of the printers of each step, the share that was over the limit. */
export const SHARE_ODD = script(
  piped(
    SCORES,
    groupBy("printer_id"),
    perStep("max"),
    `map(fn: (r) => ({_time: r._time, odd: if r._value > ${ODD_ABOVE} then 1.0 else 0.0}))`,
    groupBy("_time"),
    'mean(column: "odd")',
    groupBy(),
    'sort(columns: ["_time"])',
  ),
);

/*
 * The forecast was trained on the mean of the window that ends 30 seconds later, so it is held against that. "unchanged"
 * is the forecast that nothing will change: a model that is no better is of no use.
 */
const WINDOW = "aggregateWindow(every: 10s, period: 30s, fn: mean, createEmpty: false)";
const LATER = `timeShift(duration: ${HORIZON})`;

function cells(name: string): string {
  return `map(fn: (r) => ({_time: r._time, printer_id: r.printer_id, name: "${name}", _value: r._value}))`;
}

const COMPARED = [
  `measured = ${piped(rows({ measurement: SENSOR, field: "roughness" }), groupBy("printer_id"), 'sort(columns: ["_time"])', WINDOW)}`,
  `forecast = ${piped(
    rows({ measurement: PREDICTION, field: "roughness", where: [`r.model == "${ROUGHNESS_MODEL}"`] }),
    groupBy("printer_id"),
    "aggregateWindow(every: 10s, fn: last, createEmpty: false)",
    LATER,
  )}`,
  `compared = ${piped(
    `union(tables: [
  measured |> ${cells("measured")},
  measured |> ${LATER} |> ${cells("unchanged")},
  forecast |> ${cells("forecast")},
])`,
    groupBy(),
    'pivot(rowKey: ["printer_id", "_time"], columnKey: ["name"], valueColumn: "_value")',
    "filter(fn: (r) => exists r.measured and exists r.forecast and exists r.unchanged)",
  )}`,
] as const;

const MISSED = `missed = ${piped(
  `union(tables: [
  compared |> map(fn: (r) => ({_time: r._time, printer_id: r.printer_id, name: "forecast", _value: math.abs(x: r.forecast - r.measured)})),
  compared |> map(fn: (r) => ({_time: r._time, printer_id: r.printer_id, name: "unchanged", _value: math.abs(x: r.unchanged - r.measured)})),
])`,
  groupBy("name"),
)}`;

export const ERROR_OVER_TIME = script(...COMPARED, MISSED, piped("missed", perStep("mean"), ...spread("name")));

/** Mean over the time shown: of the forecast, or of the forecast that nothing changes. */
export function meanError(of: "forecast" | "unchanged"): string {
  return script(...COMPARED, MISSED, piped("missed", `filter(fn: (r) => r.name == "${of}")`, "mean()"));
}

export const BIAS_OVER_TIME = script(
  ...COMPARED,
  piped(
    "compared",
    "map(fn: (r) => ({_time: r._time, _value: r.forecast - r.measured}))",
    perStep("mean"),
    keep("_time", "_value"),
    'rename(columns: {_value: "bias"})',
  ),
);

export const ERROR_BY_PRINTER = script(
  ...COMPARED,
  piped(
    "compared",
    "map(fn: (r) => ({printer_id: r.printer_id, _value: math.abs(x: r.forecast - r.measured)}))",
    groupBy("printer_id"),
    "mean()",
    groupBy(),
    "top(n: 50)",
    'rename(columns: {_value: "error"})',
  ),
);

/** One row a model and version: how many windows it judged, and when. */
export const VERSIONS = script(
  piped(
    rows({ measurement: PREDICTION, field: "model_version", where: [CHOSEN] }),
    "aggregateWindow(every: 1m, fn: last, createEmpty: false)",
    'rename(columns: {_value: "version"})',
    groupBy("model", "version"),
    `reduce(
    identity: {since: v.timeRangeStop, until: v.timeRangeStart},
    fn: (r, accumulator) => ({
      since: if r._time < accumulator.since then r._time else accumulator.since,
      until: if r._time > accumulator.until then r._time else accumulator.until,
    }),
  )`,
    groupBy(),
    'sort(columns: ["model", "since"])',
  ),
);
