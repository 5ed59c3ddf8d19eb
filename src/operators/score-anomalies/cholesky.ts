/**
 * Puts the inverse of a symmetric positive definite matrix (size x size, row by row) in its place, by Cholesky's
 * decomposition A = L L' and A⁻¹ = L⁻' L⁻¹. False, and the matrix is of no more use, where it is not positive definite.
 */
export function invert(matrix: Float64Array, size: number): boolean {
  const at = (i: number, j: number) => i * size + j;
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = matrix[at(i, j)]!;
      for (let k = 0; k < j; k++) sum -= matrix[at(i, k)]! * matrix[at(j, k)]!;
      if (i !== j) matrix[at(i, j)] = sum / matrix[at(j, j)]!;
      else if (sum > 0) matrix[at(i, i)] = Math.sqrt(sum);
      else return false;
    }
  }
  for (let j = 0; j < size; j++) {
    matrix[at(j, j)] = 1 / matrix[at(j, j)]!;
    for (let i = j + 1; i < size; i++) {
      let sum = 0;
      for (let k = j; k < i; k++) sum -= matrix[at(i, k)]! * matrix[at(k, j)]!;
      matrix[at(i, j)] = sum / matrix[at(i, i)]!;
    }
  }
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let k = i; k < size; k++) sum += matrix[at(k, i)]! * matrix[at(k, j)]!;
      matrix[at(i, j)] = sum;
    }
  }
  for (let i = 0; i < size; i++) for (let j = 0; j < i; j++) matrix[at(j, i)] = matrix[at(i, j)]!;
  return true;
}
