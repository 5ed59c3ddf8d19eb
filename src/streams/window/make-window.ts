import type { Samples, Window } from "../record/values.js";
import { COUNT, SUMMARY_SIZE } from "../record/summary.js";
import type { Demand } from "../component/context.js";
import type { Rows } from "./rows.js";
import type { Division, Sums } from "./sums.js";

/** The samples of one key and the sums over them. */
export interface Held {
  readonly rows: Rows;
  readonly sums: Sums;
}

/** The window that holds the rows of the division. */
export function makeWindow(
  { rows, sums }: Held,
  division: Division,
  bounds: Pick<Window, "start" | "end" | "revision">,
  demand: Demand,
): Window {
  const { from, to } = division;
  const summaries = sums.of(rows, division);
  const columns = demand.fields === "all" ? measuredColumns(rows.fields, summaries) : undefined;
  const window: Window = {
    kind: "window",
    start: bounds.start,
    end: bounds.end,
    count: to - from,
    from: rows.position(from),
    to: rows.position(to - 1),
    revision: bounds.revision,
    fields: columns ? columns.map((column) => rows.fields[column]!) : rows.fields,
    summaries: columns ? picked(summaries, columns) : summaries,
  };
  if (!demand.samples) return window;
  return { ...window, samples: samplesOf(rows, from, to, columns ?? rows.fields.map((_, column) => column)) };
}

/**
 * Where no one said which fields are wanted: those that were measured in this window, by name. The order in which a key
 * came to use them must not show, or records out of order would make another window.
 */
function measuredColumns(fields: readonly string[], summaries: Float64Array): readonly number[] {
  return fields
    .map((_, column) => column)
    .filter((column) => summaries[column * SUMMARY_SIZE + COUNT]! > 0)
    .sort((a, b) => (fields[a]! < fields[b]! ? -1 : 1));
}

function picked(summaries: Float64Array, columns: readonly number[]): Float64Array {
  const chosen = new Float64Array(columns.length * SUMMARY_SIZE);
  columns.forEach((column, i) =>
    chosen.set(summaries.subarray(column * SUMMARY_SIZE, (column + 1) * SUMMARY_SIZE), i * SUMMARY_SIZE),
  );
  return chosen;
}

function samplesOf(rows: Rows, from: number, to: number, columns: readonly number[]): Samples {
  return { times: rows.times(from, to), columns: columns.map((column) => rows.values(column, from, to)) };
}
