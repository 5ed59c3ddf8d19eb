import type { StreamRecord } from "../../streams/record/record.js";
import { kindOf } from "../../streams/record/field.js";
import { COUNT, MAX, MEAN, MIN, SUMMARY_SIZE } from "../../streams/record/summary.js";
import {
  ADDRESS_FIELDS,
  type Bounds,
  type Evidence,
  type Features,
  type Late,
  type Prediction,
  type Window,
} from "../../streams/record/values.js";
import { timeText } from "../../streams/record/timestamp.js";

/** A value as named cells, in the order of its columns. */
export type Cells = Record<string, unknown>;

/** Names that a row has already, or that would make it something else. */
const NOT_FIELDS: ReadonlySet<string> = new Set([...ADDRESS_FIELDS, "kind", "evidence", "time_mark"]);

/** The cells of a record of any kind, without key and time. The window that led to it is `window_start`, `window_end`. */
export function flatten({ value }: StreamRecord): Cells {
  switch (kindOf(value)) {
    case "window":
      return windowCells(value as Window);
    case "features": {
      const { names, values, evidence } = value as Features;
      const cells = Object.fromEntries(names.map((name, i) => [name, values[i]]));
      return Object.assign(cells, evidenceCells(evidence));
    }
    case "prediction": {
      const { fields, evidence } = value as Prediction;
      return Object.assign({}, fields, { model: evidence.model.name }, evidenceCells(evidence));
    }
    case "late": {
      const { record, lateBy, window } = value as Late;
      return Object.assign(flatten(record), { late_by: lateBy }, boundsCells(window));
    }
    default:
      return plainCells(value as Cells);
  }
}

/** Readings, verdicts and adjustments are flat but for their evidence. */
function plainCells(value: Cells): Cells {
  const cells: Cells = {};
  for (const name in value) if (!NOT_FIELDS.has(name) && !(name in Object.prototype)) cells[name] = value[name];
  const { evidence } = value as { readonly evidence?: Evidence };
  return typeof evidence === "object" ? Object.assign(cells, evidenceCells(evidence)) : cells;
}

function windowCells({ start, end, count, revision, by, fields, summaries }: Window): Cells {
  const session = by && { [by.field]: by.value };
  const cells: Cells = Object.assign(boundsCells({ start, end }), { count, revision }, session);
  fields.forEach((field, i) => {
    const at = i * SUMMARY_SIZE;
    const measured = summaries[at + COUNT]! > 0;
    cells[`${field}_count`] = summaries[at + COUNT];
    cells[`${field}_mean`] = measured ? summaries[at + MEAN] : undefined;
    cells[`${field}_min`] = measured ? summaries[at + MIN] : undefined;
    cells[`${field}_max`] = measured ? summaries[at + MAX] : undefined;
  });
  return cells;
}

function evidenceCells({ window }: Evidence): Cells {
  return window ? boundsCells(window) : {};
}

function boundsCells({ start, end }: Bounds): Cells {
  return { window_start: timeText(start), window_end: timeText(end) };
}
