import { ago, piped, rows, script } from "./flux.js";
import { ALERT, DEFAULT_THRESHOLD, ROUGH } from "./names.js";
import { VERMILION, type Line } from "./look.js";
import type { Variable } from "./page.js";

/** The limit that the pipeline works with: that of the newest episode, as the threshold is a setting of the program. */
export const THRESHOLD: Variable = {
  name: "threshold",
  label: "Threshold",
  description: `Roughness above which printers are slowed, as the newest episode tells it; ${DEFAULT_THRESHOLD} until there was one.`,
  query: script(
    `known = ${piped(
      rows({
        measurement: ALERT,
        field: "limit",
        where: [`r.rule == "${ROUGH}"`, 'r.state == "raised"'],
        since: ago("30d"),
      }),
      "last()",
      "map(fn: (r) => ({_time: r._time, _value: string(v: r._value)}))",
    )}`,
    `usual = array.from(rows: [{_time: 1970-01-01T00:00:00Z, _value: "${DEFAULT_THRESHOLD}"}])`,
    piped(
      "union(tables: [known, usual])",
      "group()",
      'sort(columns: ["_time"], desc: true)',
      "limit(n: 1)",
      'keep(columns: ["_value"])',
    ),
  ),
};

/** A line from one side of the graph to the other. */
export const THRESHOLD_LINE = script(
  `array.from(rows: [
  {_time: v.timeRangeStart, threshold: float(v: "\${threshold}")},
  {_time: v.timeRangeStop, threshold: float(v: "\${threshold}")},
])`,
);

export const THRESHOLD_LOOK: Line = { colour: VERMILION, dash: "dash", joined: true };
