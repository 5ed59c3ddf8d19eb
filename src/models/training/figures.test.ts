import { describe, expect, it } from "@jest/globals";
import { areaUnderCurve, errorsOf, findsAbove } from "./figures.js";

describe("errorsOf", () => {
  it("gives absolute, squared and explained error", () => {
    expect(errorsOf([1, 2, 3, 8], [1, 2, 5, 4])).toEqual({ rows: 4, mae: 1.5, rmse: Math.sqrt(5), r2: -1 });
  });

  it("leaves pairs with a NaN out", () => {
    expect(errorsOf([1, NaN, 3], [2, 2, NaN])).toMatchObject({ rows: 1, mae: 1 });
  });

  it("is perfect for the truth, and says nothing of nothing", () => {
    expect(errorsOf([1, 2], [1, 2])).toMatchObject({ mae: 0, r2: 1 });
    expect(errorsOf([], []).mae).toBeNaN();
  });
});

describe("areaUnderCurve", () => {
  it.each([
    ["1 where all faults are on top", [0.1, 0.2, 0.8, 0.9], [false, false, true, true], 1],
    ["0 where all are at the bottom", [0.8, 0.9, 0.1], [false, false, true], 0],
    ["one half for ties", [0.5, 0.5, 0.5, 0.5], [true, false, true, false], 0.5],
    ["the share of pairs in order", [1, 2, 3, 4], [false, true, false, true], 0.75],
    ["NaN without a fault", [1, 2], [false, false], NaN],
    ["NaN without health", [1, 2], [true, true], NaN],
    ["NaN of nothing", [], [], NaN],
  ])("is %s", (_, scores, faulty, area) => expect(areaUnderCurve(scores, faulty)).toBe(area));
});

describe("findsAbove", () => {
  it("counts what was found, what was missed and what was nothing", () => {
    expect(findsAbove(0.5, [0.9, 0.9, 0.1, 0.9, 0.5, 0.2], [true, true, true, false, false, false])).toEqual({
      precision: 2 / 3,
      recall: 2 / 3,
      falseAlarms: 1 / 3,
    });
  });
});
