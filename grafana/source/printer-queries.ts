import { called, groupBy, keep, newestBy, perStep, piped, rows, script, spread, type Rows } from "./flux.js";
import { FEEDBACK, HORIZON, PREDICTION, ROUGHNESS_MODEL, SENSOR } from "./names.js";

/** The printer that is chosen, as a text of Flux whatever signs its name has. */
export const CHOSEN = "${printer_id:doublequote}";

const THIS = `r.printer_id == ${CHOSEN}`;

export const PRINTER_IDS = script(
  `schema.tagValues(bucket: v.defaultBucket, tag: "printer_id", predicate: (r) => r._measurement == "${SENSOR}", start: v.timeRangeStart, stop: v.timeRangeStop)`,
);

function ofThis({ where = [], ...rest }: Rows): string {
  return rows({ ...rest, where: [THIS, ...where] });
}

/** The newest value of a field. */
export function newest(measurement: string, field: string, where: readonly string[] = []): string {
  return script(piped(ofThis({ measurement, field, where }), ...newestBy(), keep("_time", "_value")));
}

/** Fields of the readings over time, each under its own name. */
export function fields(...names: readonly string[]): string {
  return script(
    piped(ofThis({ measurement: SENSOR, field: names }), groupBy("_field"), perStep("mean"), ...spread("_field")),
  );
}

/** The newest value of a tag of the readings. */
export function newestTag(tag: string): string {
  return script(
    piped(
      ofThis({ measurement: SENSOR, field: "nozzle_temp", where: [`exists r.${tag}`] }),
      ...newestBy(),
      `map(fn: (r) => ({_time: r._time, _value: r.${tag}}))`,
    ),
  );
}

export const ROUGHNESS_MEASURED = script(
  piped(
    ofThis({ measurement: SENSOR, field: "roughness" }),
    groupBy(),
    perStep("mean"),
    keep("_time", "_value"),
    called("measured"),
  ),
);

/** What was forecast for each moment, half a minute before it. */
export const ROUGHNESS_FORECAST = script(
  piped(
    ofThis({ measurement: PREDICTION, field: "roughness", where: [`r.model == "${ROUGHNESS_MODEL}"`] }),
    groupBy(),
    perStep("mean"),
    `timeShift(duration: ${HORIZON})`,
    keep("_time", "_value"),
    called("forecast"),
  ),
);

export const ANOMALY_SCORE = script(
  piped(
    ofThis({ measurement: PREDICTION, field: "anomaly_score" }),
    groupBy("model"),
    perStep("max"),
    ...spread("model"),
  ),
);

/** The speed that feedback has told the printer, in force until the next: the last one to the end of the graph. */
export const SPEED_TOLD = script(
  `told = ${piped(
    ofThis({ measurement: FEEDBACK, field: "speed", where: ['r.outcome == "sent"'] }),
    groupBy(),
    'sort(columns: ["_time"])',
    keep("_time", "_value"),
  )}`,
  `now = ${piped("told", "last()", "map(fn: (r) => ({r with _time: v.timeRangeStop}))")}`,
  piped("union(tables: [told, now])", 'sort(columns: ["_time"])', called("told")),
);

export const READING_RATE = script(
  piped(
    ofThis({ measurement: SENSOR, field: "nozzle_temp" }),
    groupBy(),
    "aggregateWindow(every: v.windowPeriod, fn: count)",
    "map(fn: (r) => ({_time: r._time, readings: float(v: r._value) * 1000000000.0 / float(v: int(v: v.windowPeriod))}))",
  ),
);

export const SILENCE = script(
  piped(
    ofThis({ measurement: SENSOR, field: "nozzle_temp" }),
    ...newestBy(),
    "map(fn: (r) => ({_value: float(v: int(v: v.timeRangeStop) - int(v: r._time)) / 1000000000.0}))",
  ),
);
