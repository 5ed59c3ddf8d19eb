import { called, groupBy, perStep, piped, rows, script, spread } from "./flux.js";
import { levels } from "./levels.js";
import { SENSOR } from "./names.js";

const ROUGHNESS = rows({ measurement: SENSOR, field: "roughness" });

export const ROUGHNESS_SPREAD = levels(ROUGHNESS, "mean");

/** By their means; the graph has one value a step, so only these are looked through. */
export const ROUGHEST = script(
  `each = ${piped(ROUGHNESS, perStep("mean"), groupBy("printer_id"))}`,
  `roughest = ${piped(
    "each",
    "mean()",
    groupBy(),
    "top(n: 10)",
    'findColumn(fn: (key) => true, column: "printer_id")',
  )}`,
  piped("each", "filter(fn: (r) => contains(value: r.printer_id, set: roughest))", ...spread("printer_id")),
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
    rows({ measurement: SENSOR, field: "nozzle_temp" }),
    perStep("count"),
    groupBy("_time"),
    'distinct(column: "printer_id")',
    "count()",
    groupBy(),
    called("printers"),
    'sort(columns: ["_time"])',
  ),
);
