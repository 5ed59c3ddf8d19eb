import { every, groupBy, perStep, piped, rows, script, spread } from "./flux.js";
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
    perStep("max"),
    `map(fn: (r) => ({_time: r._time, odd: if r._value > ${ODD_ABOVE} then 1.0 else 0.0}))`,
    groupBy("_time"),
    'mean(column: "odd")',
    groupBy(),
    'sort(columns: ["_time"])',
  ),
);

/*
 * The forecast was trained on the mean of the window that ends 30 seconds later, and windows are as long as that, so each
 * is held against the mean of the next. "unchanged" is the forecast that nothing will change: a model that is no better is
 * of no use.
 */
const LATER = `timeShift(duration: ${HORIZON})`;
const OF_PRINTER = groupBy("printer_id");

function cells(name: string): string {
  return `map(fn: (r) => ({_time: r._time, printer_id: r.printer_id, name: "${name}", _value: r._value}))`;
}

const COMPARED = [
  `measured = ${piped(rows({ measurement: SENSOR, field: "roughness" }), every(HORIZON, "mean"), OF_PRINTER)}`,
  `forecast = ${piped(
    rows({ measurement: PREDICTION, field: "roughness", where: [`r.model == "${ROUGHNESS_MODEL}"`] }),
    every(HORIZON, "last"),
    OF_PRINTER,
    LATER,
  )}`,
  `compared = ${piped(
    `union(tables: [
  measured |> ${cells("measured")},
  measured |> ${LATER} |> ${cells("unchanged")},
  forecast |> ${cells("forecast")},
])`,
    'pivot(rowKey: ["_time"], columnKey: ["name"], valueColumn: "_value")',
    "filter(fn: (r) => exists r.measured and exists r.forecast and exists r.unchanged)",
    `map(fn: (r) => ({
    _time: r._time,
    printer_id: r.printer_id,
    bias: r.forecast - r.measured,
    forecast: math.abs(x: r.forecast - r.measured),
    unchanged: math.abs(x: r.unchanged - r.measured),
  }))`,
    groupBy(),
  )}`,
] as const;

/** Means of all printers in each step. */
function meanOverTime(...columns: readonly string[]): string {
  const means = columns.map(
    (column) => `compared |> aggregateWindow(every: v.windowPeriod, fn: mean, column: "${column}", createEmpty: false)
    |> map(fn: (r) => ({_time: r._time, name: "${column}", _value: r.${column}}))`,
  );
  const [only] = means;
  return script(
    ...COMPARED,
    piped(means.length === 1 ? only! : `union(tables: [\n  ${means.join(",\n  ")},\n])`, ...spread("name")),
  );
}

export const ERROR_OVER_TIME = meanOverTime("forecast", "unchanged");
export const BIAS_OVER_TIME = meanOverTime("bias");

/** Over the time shown: of the forecast, and of the forecast that nothing changes. */
export const MEAN_ERRORS = script(
  ...COMPARED,
  piped(
    "compared",
    `reduce(
    identity: {windows: 0.0, forecast: 0.0, unchanged: 0.0},
    fn: (r, accumulator) => ({
      windows: accumulator.windows + 1.0,
      forecast: accumulator.forecast + r.forecast,
      unchanged: accumulator.unchanged + r.unchanged,
    }),
  )`,
    'map(fn: (r) => ({model: r.forecast / r.windows, "no change": r.unchanged / r.windows}))',
  ),
);

export const ERROR_BY_PRINTER = script(
  ...COMPARED,
  piped(
    "compared",
    groupBy("printer_id"),
    'mean(column: "forecast")',
    groupBy(),
    'rename(columns: {forecast: "error"})',
    'top(n: 50, columns: ["error"])',
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
