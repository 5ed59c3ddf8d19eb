/** How well scores and flags of one series agree with its labels, row by row, with no adjustment. */
export interface Figures {
  /** Average precision: the area under the precision-recall curve. */
  readonly area: number;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  /** Rows from the beginning of an anomaly to its first flag; NaN where it was never flagged. */
  readonly delay: number;
  /** Whether any labelled stretch was flagged at all. */
  readonly found: number;
  /** Flagged rows among those that are normal. */
  readonly falseAlarms: number;
}

export function figuresOf(label: Uint8Array, scores: Float64Array, flags: Uint8Array): Figures {
  let [hits, flagged, positive, wrong] = [0, 0, 0, 0];
  for (let i = 0; i < label.length; i++) {
    hits += label[i]! & flags[i]!;
    flagged += flags[i]!;
    positive += label[i]!;
    wrong += flags[i]! & (1 - label[i]!);
  }
  const precision = flagged === 0 ? 0 : hits / flagged;
  const recall = positive === 0 ? 0 : hits / positive;
  const delays = stretches(label).map(({ from, to }) => flags.subarray(from, to).indexOf(1));
  const seen = delays.filter((delay) => delay >= 0);
  return {
    area: averagePrecision(label, scores),
    precision,
    recall,
    f1: precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall),
    delay: seen.length === 0 ? NaN : seen.reduce((sum, delay) => sum + delay, 0) / seen.length,
    found: delays.length === 0 ? NaN : seen.length / delays.length,
    falseAlarms: wrong / (label.length - positive),
  };
}

/** Rows of equal score are taken together, so that a constant score gets no more than the share of anomalous rows. */
function averagePrecision(label: Uint8Array, scores: Float64Array): number {
  const order = Array.from(label.keys()).sort((a, b) => scores[b]! - scores[a]!);
  const positive = label.reduce((sum, each) => sum + each, 0);
  let [area, hits, before] = [0, 0, 0];
  order.forEach((row, i) => {
    hits += label[row]!;
    if (i + 1 < order.length && scores[order[i + 1]!] === scores[row]) return;
    area += ((hits - before) / positive) * (hits / (i + 1));
    before = hits;
  });
  return positive === 0 ? NaN : area;
}

function stretches(label: Uint8Array): { from: number; to: number }[] {
  const found: { from: number; to: number }[] = [];
  for (let i = 0; i < label.length; i++) {
    if (label[i] === 0) continue;
    const from = i;
    while (i < label.length && label[i] === 1) i++;
    found.push({ from, to: i });
  }
  return found;
}

/** Mean of what is a number. */
export function mean(figures: readonly number[]): number {
  const known = figures.filter((figure) => !Number.isNaN(figure));
  return known.length === 0 ? NaN : known.reduce((sum, figure) => sum + figure, 0) / known.length;
}
