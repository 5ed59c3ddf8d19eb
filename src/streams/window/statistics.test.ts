import { describe, expect, it } from "@jest/globals";
import { addSample, SUMMARY_SIZE } from "../record/summary.js";
import { STATISTICS, statistic } from "./statistics.js";

/** All statistics of samples one second apart; the summary stands behind another one. */
function statisticsOf(values: readonly number[], times = values.map((_, i) => i)): Record<string, number> {
  const summaries = new Float64Array(2 * SUMMARY_SIZE).fill(7, 0, SUMMARY_SIZE);
  values.forEach((value, i) => addSample(summaries, SUMMARY_SIZE, times[i]!, value));
  return Object.fromEntries(STATISTICS.map((name) => [name, statistic(name, summaries, SUMMARY_SIZE)]));
}

describe("statistics", () => {
  it("of samples", () => {
    expect(statisticsOf([2, 4, 4, 6])).toEqual({
      count: 4,
      mean: 4,
      std: Math.SQRT2,
      min: 2,
      max: 6,
      range: 4,
      sum: 16,
      first: 2,
      last: 6,
      slope: 1.2,
      jitter: Math.sqrt(8 / 3),
      step: 4 / 3,
    });
  });

  it("of one sample: it deviates from nothing and goes nowhere", () => {
    const { count, mean, std, range, slope, jitter, step } = statisticsOf([5]);
    expect([count, mean, std, range, slope, jitter, step]).toEqual([1, 5, 0, 0, 0, 0, 0]);
  });

  it("of none: NaN, but for the count", () => {
    const { count, ...others } = statisticsOf([]);
    expect(count).toBe(0);
    for (const value of Object.values(others)) expect(value).toBeNaN();
  });

  it("has a slope in units per second, and none where time stands still", () => {
    expect(statisticsOf([10, 20, 30], [0, 0.5, 1]).slope).toBeCloseTo(20);
    expect(statisticsOf([30, 20, 10], [0, 5, 10]).slope).toBeCloseTo(-2);
    expect(statisticsOf([1, 2, 3], [4, 4, 4]).slope).toBe(0);
  });

  it("tells restless from rising", () => {
    expect(statisticsOf([0, 1, 0, 1, 0, 1]).jitter).toBe(1);
    expect(statisticsOf([0, 1, 2, 3, 4, 5]).jitter).toBe(1);
    expect(statisticsOf([5, 5, 5, 25, 5, 5]).jitter).toBeGreaterThan(statisticsOf([5, 5, 5, 25, 5, 5]).step!);
  });
});
