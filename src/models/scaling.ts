/** Scaled values are kept within ±LIMIT: beyond it everything is equally odd, and the network stays in range. */
export const LIMIT = 10;

export interface Scaling {
  readonly mean: readonly number[];
  readonly scale: readonly number[];
}

/** Mean and standard deviation of each column of row-major rows; NaN does not count. A constant column has scale 1. */
export function fitScaling(rows: Float32Array, width: number): Scaling {
  const count = new Float64Array(width);
  const mean = new Float64Array(width);
  const squares = new Float64Array(width);
  for (let at = 0; at < rows.length; at += width) {
    for (let i = 0; i < width; i++) {
      const value = rows[at + i]!;
      if (Number.isNaN(value)) continue;
      const gap = value - mean[i]!;
      mean[i]! += gap / ++count[i]!;
      squares[i]! += gap * (value - mean[i]!);
    }
  }
  const scale = Array.from(squares, (sum, i) => {
    const deviation = Math.sqrt(sum / Math.max(1, count[i]!));
    // Rounding leaves a little spread in a constant column; to divide by it would make every change of it enormous.
    return deviation > 1e-6 * Math.max(1, Math.abs(mean[i]!)) ? deviation : 1;
  });
  return { mean: Array.from(mean), scale };
}

/** Scales the first rows into `into`. A missing value (NaN) becomes 0, which is the mean. */
export function scaleRows(rows: Float32Array, count: number, { mean, scale }: Scaling, into: Float32Array): void {
  const width = mean.length;
  for (let row = 0, at = 0; row < count; row++) {
    for (let i = 0; i < width; i++, at++) {
      const scaled = (rows[at]! - mean[i]!) / scale[i]!;
      into[at] = scaled > LIMIT ? LIMIT : scaled < -LIMIT ? -LIMIT : Number.isNaN(scaled) ? 0 : scaled;
    }
  }
}
