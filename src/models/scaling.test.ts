import { describe, expect, it } from "@jest/globals";
import { fitScaling, LIMIT, scaleRows } from "./scaling.js";

describe("fitScaling", () => {
  it("gives mean and standard deviation of each column", () => {
    const { mean, scale } = fitScaling(Float32Array.of(1, 10, 3, 30), 2);
    expect(mean).toEqual([2, 20]);
    expect(scale).toEqual([1, 10]);
  });

  it("does not count missing values", () => {
    expect(fitScaling(Float32Array.of(1, NaN, 3), 1)).toEqual({ mean: [2], scale: [1] });
  });

  it.each([
    ["a constant column", Float32Array.of(215, 215, 215), 215],
    ["a column with rounding left over", Float32Array.of(0.1, 0.1, 0.1), expect.closeTo(0.1, 6)],
    ["a column that was never measured", Float32Array.of(NaN, NaN), 0],
    ["no rows", new Float32Array(0), 0],
  ])("leaves the scale of %s alone", (_, rows, mean) => {
    expect(fitScaling(rows, 1)).toEqual({ mean: [mean], scale: [1] });
  });
});

describe("scaleRows", () => {
  const scaling = { mean: [20, 0], scale: [10, 1] };

  it("scales row by row and puts the mean where a value is missing", () => {
    const into = new Float32Array(4);
    scaleRows(Float32Array.of(30, 1, NaN, -2), 2, scaling, into);
    expect([...into]).toEqual([1, 1, 0, -2]);
  });

  it("keeps what is out of all bounds within the limit", () => {
    const into = new Float32Array(2);
    scaleRows(Float32Array.of(1e30, -Infinity), 1, scaling, into);
    expect([...into]).toEqual([LIMIT, -LIMIT]);
  });

  it("touches no more rows than it is told", () => {
    const into = Float32Array.of(7, 7, 7, 7);
    scaleRows(Float32Array.of(20, 0, 20, 0), 1, scaling, into);
    expect([...into]).toEqual([0, 0, 7, 7]);
  });
});
