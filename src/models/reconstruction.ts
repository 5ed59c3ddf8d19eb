/**
 * How far each row is from its reconstruction: the root mean square, over the features that were measured, of the
 * difference divided by what is usual for that feature in healthy prints. So 1 is usual. NaN where nothing was measured.
 * @param rows unscaled, to tell what was measured
 * @param inputs the same scaled
 * @param answers the reconstructions, scaled
 * @param residuals usual difference of each feature, scaled
 */
export function reconstructionErrors(
  rows: Float32Array,
  inputs: Float32Array,
  answers: Float32Array,
  residuals: readonly number[],
): Float64Array {
  const width = residuals.length;
  const errors = new Float64Array(inputs.length / width);
  for (let row = 0, at = 0; row < errors.length; row++) {
    let sum = 0;
    let measured = 0;
    for (let i = 0; i < width; i++, at++) {
      if (Number.isNaN(rows[at]!)) continue;
      const share = (inputs[at]! - answers[at]!) / residuals[i]!;
      sum += share * share;
      measured++;
    }
    errors[row] = Math.sqrt(sum / measured);
  }
  return errors;
}
