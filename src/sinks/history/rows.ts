import type { HistoryRow } from "../../connections/history/store.js";
import { kindOf } from "../../streams/record/field.js";
import { positionText, type StreamRecord } from "../../streams/record/record.js";
import {
  ADDRESS_FIELDS,
  type Adjustment,
  type Evidence,
  type FieldValue,
  type Prediction,
  type Reading,
  type Verdict,
} from "../../streams/record/values.js";

/** The kinds of records that are stored. */
export type Storable = Reading | Prediction | Adjustment | Verdict;
type Fields = Record<string, FieldValue>;

/**
 * The row of a record. `part` tells apart what a printer may have twice at one time: a prediction by its model and the
 * start of its window (a corrected window takes the place of the first), a verdict by its rule and what it says, an
 * adjustment by its command and what became of it.
 */
export function rowOf({ key, eventTime, value }: StreamRecord<Storable>): HistoryRow {
  const row = (kind: HistoryRow["kind"], part: string, fields: Fields): HistoryRow => ({
    printer: key,
    time: eventTime,
    kind,
    part,
    fields,
  });
  switch (kindOf(value)) {
    case "prediction": {
      const { fields, evidence } = value as Prediction;
      const part = `${evidence.model.name}/${evidence.window?.start ?? ""}`;
      return row("prediction", part, Object.assign({}, fields, evidenceFields(evidence)));
    }
    case "verdict": {
      const { kind, evidence, ...said } = value as Verdict;
      return row(kind, `${said.rule}/${said.state}`, Object.assign({}, said, evidenceFields(evidence)));
    }
    case "adjustment": {
      const { kind, evidence, ...done } = value as Adjustment;
      return row(kind, `${done.command_id}/${done.outcome}`, Object.assign({}, done, evidenceFields(evidence)));
    }
    default:
      return row("reading", "", readingFields(value as Reading));
  }
}

function readingFields(reading: Reading): Fields {
  const fields: Fields = {};
  for (const name in reading) if (!ADDRESS_FIELDS.has(name)) fields[name] = reading[name] ?? null;
  return fields;
}

/** The way back to the readings, flat. */
function evidenceFields({ window, revision, from, to, model }: Evidence): Fields {
  const fields: Fields = {};
  if (model) Object.assign(fields, { model: model.name, model_version: model.version });
  if (window) Object.assign(fields, { window_start: window.start, window_end: window.end });
  if (revision !== undefined) fields.revision = revision;
  return Object.assign(fields, { evidence_from: positionText(from), evidence_to: positionText(to) });
}
