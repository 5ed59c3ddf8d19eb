/** How far predictions are from what came, in its unit. Pairs with a NaN on either side do not count. */
export interface Errors {
  readonly rows: number;
  readonly mae: number;
  readonly rmse: number;
  /** 1 is perfect, 0 no better than the mean, below 0 worse than it. */
  readonly r2: number;
}

export function errorsOf(predicted: ArrayLike<number>, actual: ArrayLike<number>): Errors {
  let rows = 0;
  let absolute = 0;
  let squares = 0;
  let mean = 0;
  let spread = 0;
  for (let i = 0; i < actual.length; i++) {
    const gap = predicted[i]! - actual[i]!;
    if (Number.isNaN(gap)) continue;
    rows++;
    absolute += Math.abs(gap);
    squares += gap * gap;
    const fromMean = actual[i]! - mean;
    mean += fromMean / rows;
    spread += fromMean * (actual[i]! - mean);
  }
  return { rows, mae: absolute / rows, rmse: Math.sqrt(squares / rows), r2: 1 - squares / spread };
}

/**
 * Area under the ROC curve: the chance that a faulty row scores above a healthy one, ties counting half (the
 * Mann-Whitney statistic). NaN where either kind is missing.
 */
export function areaUnderCurve(scores: ArrayLike<number>, faulty: readonly boolean[]): number {
  const order = Array.from(faulty, (_, i) => i).sort((a, b) => scores[a]! - scores[b]!);
  let rankSum = 0;
  let positives = 0;
  for (let from = 0; from < order.length; ) {
    let to = from;
    while (to < order.length && scores[order[to]!] === scores[order[from]!]) to++;
    const rank = (from + to + 1) / 2;
    for (let i = from; i < to; i++) {
      if (!faulty[order[i]!]) continue;
      positives++;
      rankSum += rank;
    }
    from = to;
  }
  const negatives = faulty.length - positives;
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * negatives);
}

/** What a threshold finds, and what it raises for nothing. NaN where there was nothing to find. */
export interface Finds {
  readonly precision: number;
  readonly recall: number;
  readonly falseAlarms: number;
}

export function findsAbove(threshold: number, scores: ArrayLike<number>, faulty: readonly boolean[]): Finds {
  let [found, wrong, positives] = [0, 0, 0];
  faulty.forEach((isFaulty, i) => {
    if (isFaulty) positives++;
    if (scores[i]! <= threshold) return;
    if (isFaulty) found++;
    else wrong++;
  });
  return {
    precision: found / (found + wrong),
    recall: found / positives,
    falseAlarms: wrong / (faulty.length - positives),
  };
}
