/**
 * Ground truth of a window. null: healthy throughout. A name: that fault is at work at its end. undefined: a fault has ended
 * so lately that the window is neither; such a row is no example of anything.
 */
export type Label = string | null | undefined;

/** The features of one window. */
export interface TrainingRow {
  readonly key: string;
  /** End of the window, ms since the epoch. */
  readonly time: number;
  /** In the order of the recording's `names`; NaN where a feature is missing. */
  readonly values: Float64Array;
  readonly label: Label;
}

/** What the feature nodes of a pipeline made of one file. Rows of a key are in order of time; keys may interleave. */
export interface Recording {
  readonly file: string;
  readonly names: readonly string[];
  readonly rows: readonly TrainingRow[];
}

/** Where each key's rows stand, in the order in which the keys first appear. */
export function rowsByKey(rows: readonly TrainingRow[]): ReadonlyMap<string, readonly number[]> {
  const byKey = new Map<string, number[]>();
  rows.forEach(({ key }, i) => {
    const known = byKey.get(key);
    if (known) known.push(i);
    else byKey.set(key, [i]);
  });
  return byKey;
}
