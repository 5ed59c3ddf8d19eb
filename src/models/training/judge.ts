import type { Figures } from "../card.js";
import type { Model } from "../model.js";
import { scaleRows } from "../scaling.js";
import { areaUnderCurve, errorsOf, findsAbove } from "./figures.js";
import { fieldColumns, fieldOf } from "./masking.js";
import { isMeasured, pick, type Rows } from "./rows.js";

/** A window that scores above this counts as odd in the figures, as it does in config/pipelines/quality.yaml. */
export const ODD_ABOVE = 0.99;

/** How good a model is on rows with the features of its card in its order. */
export function judge(model: Model, rows: Rows): Figures {
  return model.card.kind === "autoencoder" ? judgeAutoencoder(model, rows) : judgeRegressor(model, rows);
}

function judgeAutoencoder(model: Model, all: Rows): Figures {
  const rows = pick(all, (row) => all.labels[row] !== undefined && isMeasured(all, row));
  const outputs = model.predict(rows.values, rows.count);
  const depth = model.card.outputs.length;
  // The error ranks like the score, and has no ties where many scores round to 1.
  const errors = Float64Array.from({ length: rows.count }, (_, row) => outputs[row * depth + 1]!);
  const scores = Float64Array.from({ length: rows.count }, (_, row) => outputs[row * depth]!);
  const faulty = rows.labels.map((label) => label !== null);
  const { precision, recall, falseAlarms } = findsAbove(ODD_ABOVE, scores, faulty);
  return known({
    rows: rows.count,
    auc: areaUnderCurve(errors, faulty),
    baseline_auc: areaUnderCurve(largestDeviations(model, rows), faulty),
    threshold: ODD_ABOVE,
    precision,
    recall,
    false_alarms: falseAlarms,
    by_fault: recallByFault(scores, rows),
  });
}

function recallByFault(scores: Float64Array, { labels }: Rows): NonNullable<Figures["by_fault"]> {
  const kinds = [...new Set(labels.filter((label) => typeof label === "string"))].sort();
  const figures = kinds.map((kind) => {
    const own = labels.flatMap((label, row) => (label === kind ? [scores[row]!] : []));
    const found = own.filter((score) => score > ODD_ABOVE).length;
    return [kind, { rows: own.length, recall: found / own.length }] as const;
  });
  return Object.fromEntries(figures);
}

function judgeRegressor(model: Model, all: Rows): Figures {
  const { names } = all;
  const field = model.card.target!.field;
  const column = names.indexOf(field);
  const width = names.length;
  const rows = pick(
    all,
    (row) => !Number.isNaN(all.targets[row]!) && !Number.isNaN(all.values[row * width + column]!),
  );
  const now = Float64Array.from({ length: rows.count }, (_, row) => rows.values[row * width + column]!);
  const blind = Float32Array.from(rows.values);
  for (const hidden of fieldColumns(names).get(fieldOf(field)) ?? []) {
    for (let at = hidden; at < blind.length; at += width) blind[at] = NaN;
  }
  const { mae, rmse, r2 } = errorsOf(model.predict(rows.values, rows.count), rows.targets);
  return known({
    rows: rows.count,
    mae,
    rmse,
    r2,
    baseline_mae: errorsOf(now, rows.targets).mae,
    unseen_mae: errorsOf(model.predict(blind, rows.count), rows.targets).mae,
  });
}

/** The largest deviation of any one feature from its mean, scaled: what a model has to beat. */
function largestDeviations({ card }: Model, rows: Rows): Float64Array {
  const width = card.features.length;
  const scaled = new Float32Array(rows.values.length);
  scaleRows(rows.values, rows.count, card.scaling, scaled);
  return Float64Array.from({ length: rows.count }, (_, row) =>
    scaled.subarray(row * width, (row + 1) * width).reduce((most, value) => Math.max(most, Math.abs(value)), 0),
  );
}

/** Without the figures that the rows could not answer. */
function known(figures: Figures): Figures {
  const answered = Object.entries(figures).filter(([, value]) => typeof value !== "number" || Number.isFinite(value));
  return Object.fromEntries(answered) as Figures;
}
