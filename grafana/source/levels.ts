import { groupBy, perStep, piped, script, spread } from "./flux.js";
import { BLUE, ORANGE, SKY, type Lines } from "./look.js";

/** How the printers of a farm lie: one value of each printer in each step, and of these the median, the 90 % and the worst. */
export function levels(rows: string, fn: "mean" | "max"): string {
  return script(
    `each = ${piped(rows, perStep(fn), groupBy("_time"))}`,
    `level = (q, name) => ${piped(
      "each",
      'quantile(q: q, method: "exact_mean")',
      groupBy(),
      "map(fn: (r) => ({_time: r._time, name: name, _value: r._value}))",
    )}`,
    piped(
      'union(tables: [level(q: 0.5, name: "median"), level(q: 0.9, name: "nine in ten"), level(q: 1.0, name: "worst")])',
      ...spread("name"),
    ),
  );
}

export const LEVEL_LINES: Lines = {
  median: { colour: BLUE },
  "nine in ten": { colour: SKY, dash: "dash" },
  worst: { colour: ORANGE },
};
