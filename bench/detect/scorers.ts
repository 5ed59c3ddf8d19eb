import { MEASURES } from "../../src/operators/score-anomalies/column.js";
import { Series, type SeriesOptions } from "../../src/operators/score-anomalies/series.js";
import type { Calibrate } from "../../src/operators/score-anomalies/tail.js";
import type { LabelledSeries } from "./series.js";

export interface Scored {
  readonly scores: Float64Array;
  readonly flags: Uint8Array;
}
export type Scorer = (series: LabelledSeries) => Scored;

const OPTIONS: SeriesOptions = { trainRows: 0, horizon: 4000, falseAlarms: 0.001, columns: 64 };

/** The operator's own arithmetic, with other options or with parts left out. */
export function scorer(options: Partial<SeriesOptions> = {}): Scorer {
  return ({ columns, label }) => {
    const series = new Series({ ...OPTIONS, ...options });
    const names = columns.map((_, i) => `c${i}`);
    const scores = new Float64Array(label.length);
    const flags = new Uint8Array(label.length);
    for (let row = 0; row < label.length; row++) {
      const { score, anomaly } = series.score(
        names,
        columns.map((column) => column[row]!),
        columns.length,
      );
      scores[row] = score;
      flags[row] = anomaly;
    }
    return { scores, flags };
  };
}

/** A fixed scale: evidence as if each statistic were normal with a deviation of 1. */
const fixed: Calibrate = () => ({ evidence: (value) => (value * value) / 2, learn() {}, forget() {} });

const measures = (...parts: readonly string[]) => ({
  without: new Set(MEASURES.filter((name) => parts.some((part) => name.startsWith(part)))),
});

export const ABLATIONS: Readonly<Record<string, Scorer>> = {
  "all of it": scorer(),
  "with the shortest scale alone": scorer(measures("level 32", "energy 64", "roughness 64")),
  "without trailing level and spread": scorer(measures("level", "energy", "roughness")),
  "without residuals": scorer({ ...measures("error", "season", "phase", "energy"), relations: false }),
  "without calibration": scorer({ calibrate: fixed }),
  "without novelty": scorer(measures("novelty")),
  "without relations of columns": scorer({ relations: false }),
};

/** What is tried beside it: the distance from the mean of the last 100 rows in their deviations, flagged beyond 4. */
const rolling: Scorer = ({ columns, label }) => {
  const scores = new Float64Array(label.length);
  const span = 100;
  for (const values of columns)
    for (let row = span; row < label.length; row++) {
      const past = values.subarray(row - span, row);
      const average = past.reduce((sum, value) => sum + value, 0) / span;
      const deviation = Math.sqrt(past.reduce((sum, value) => sum + (value - average) ** 2, 0) / span);
      scores[row] = Math.max(scores[row]!, Math.abs(values[row]! - average) / (deviation + 1e-9));
    }
  return { scores, flags: Uint8Array.from(scores, (score) => (score > 4 ? 1 : 0)) };
};

/** What any score must be better than. */
const everything: Scorer = ({ label }) => ({
  scores: new Float64Array(label.length),
  flags: new Uint8Array(label.length).fill(1),
});

export const SCORERS: Readonly<Record<string, Scorer>> = {
  "with 1000 rows known to be normal": scorer({ trainRows: 1000 }),
  "rolling z-score beyond 4, for comparison": rolling,
  "every row flagged, for comparison": everything,
};
