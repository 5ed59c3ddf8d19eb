import { called, groupBy, perStep, piped, rows, script, spread } from "./flux.js";
import { levels } from "./levels.js";
import { SENSOR, VITAL } from "./names.js";

const ROUGHNESS = rows({ measurement: SENSOR, field: "roughness" });

export const ROUGHNESS_SPREAD = levels(ROUGHNESS, "mean");

export const ROUGHEST = script(
  `roughest = ${piped(
    ROUGHNESS,
    "mean()",
    groupBy("printer_id"),
    "max()",
    groupBy(),
    "top(n: 10)",
    'findColumn(fn: (key) => true, column: "printer_id")',
  )}`,
  piped(
    ROUGHNESS,
    "filter(fn: (r) => contains(value: r.printer_id, set: roughest))",
    groupBy("printer_id"),
    perStep("mean"),
    ...spread("printer_id"),
  ),
);

export const READINGS_PER_SECOND = script(
  piped(
    rows({ measurement: SENSOR, field: "nozzle_temp" }),
    perStep("count"),
    groupBy("_time"),
    "sum()",
    groupBy(),
    "map(fn: (r) => ({_time: r._time, readings: float(v: r._value) * 1000000000.0 / float(v: int(v: v.windowPeriod))}))",
    'sort(columns: ["_time"])',
  ),
);

export const PRINTERS_REPORTING = script(
  piped(
    rows({ measurement: SENSOR, field: VITAL }),
    perStep("count"),
    groupBy("_time"),
    'distinct(column: "printer_id")',
    "count()",
    groupBy(),
    called("printers"),
    'sort(columns: ["_time"])',
  ),
);
