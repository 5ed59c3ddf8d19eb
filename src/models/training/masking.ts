import type { Random } from "./random.js";

/** The chance that a field is hidden from a row in training. */
export interface Masking {
  readonly any: number;
  /** For the target's own field: the model must also serve printers that do not measure it. */
  readonly target: number;
}

/** The field that a feature was computed from: `vibration_std` comes from `vibration`. */
export function fieldOf(feature: string): string {
  return feature.replace(/_[^_]+$/, "");
}

/** The columns of each field. */
export function fieldColumns(names: readonly string[]): ReadonlyMap<string, readonly number[]> {
  const columns = new Map<string, number[]>();
  names.forEach((name, i) => {
    const known = columns.get(fieldOf(name));
    if (known) known.push(i);
    else columns.set(fieldOf(name), [i]);
  });
  return columns;
}

/**
 * Hides whole fields in random rows of a scaled batch, the way a printer does that does not measure them: all features
 * of such a field become 0.
 */
export function maskFields(
  names: readonly string[],
  { any, target }: Masking,
  targetField?: string,
): (batch: Float32Array, random: Random) => void {
  const fields = [...fieldColumns(names)].map(([field, columns]) => ({
    columns,
    chance: field === targetField ? target : any,
  }));
  const width = names.length;
  return (batch, random) => {
    for (let at = 0; at < batch.length; at += width) {
      for (const { columns, chance } of fields) {
        if (random() >= chance) continue;
        for (const column of columns) batch[at + column] = 0;
      }
    }
  };
}
