import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import {
  addSample,
  CO_MOMENT,
  COUNT,
  FIRST,
  LAST,
  M2,
  MAX,
  MEAN,
  mergeSummary,
  MIN,
  STEP_ABS,
  STEP_SQUARES,
  SUMMARY_SIZE,
  TIME_M2,
  TIME_MEAN,
} from "./summary.js";

type Sample = readonly [seconds: number, value: number];

function summaryOf(samples: readonly Sample[]): Float64Array {
  const summary = new Float64Array(SUMMARY_SIZE);
  for (const [seconds, value] of samples) addSample(summary, 0, seconds, value);
  return summary;
}

/** The same by walking the samples twice. */
function directly(samples: readonly Sample[]): Float64Array {
  const times = samples.map(([seconds]) => seconds);
  const values = samples.map(([, value]) => value);
  const sum = (terms: readonly number[]) => terms.reduce((total, term) => total + term, 0);
  const mean = sum(values) / values.length;
  const timeMean = sum(times) / times.length;
  const steps = values.slice(1).map((value, i) => value - values[i]!);
  const summary = new Float64Array(SUMMARY_SIZE);
  summary[COUNT] = values.length;
  summary[MEAN] = mean;
  summary[M2] = sum(values.map((value) => (value - mean) ** 2));
  summary[MIN] = Math.min(...values);
  summary[MAX] = Math.max(...values);
  summary[TIME_MEAN] = timeMean;
  summary[TIME_M2] = sum(times.map((time) => (time - timeMean) ** 2));
  summary[CO_MOMENT] = sum(values.map((value, i) => (value - mean) * (times[i]! - timeMean)));
  summary[FIRST] = values[0]!;
  summary[LAST] = values.at(-1)!;
  summary[STEP_ABS] = sum(steps.map(Math.abs));
  summary[STEP_SQUARES] = sum(steps.map((step) => step * step));
  return summary;
}

/** Equal but for rounding: 1e-9 of the size that the terms of each number have. */
function expectClose(actual: Float64Array, expected: Float64Array, samples: readonly Sample[]): void {
  const value = Math.max(1, ...samples.map(([, v]) => Math.abs(v)));
  const time = Math.max(1, ...samples.map(([s]) => Math.abs(s)));
  const n = samples.length;
  const sizes: Readonly<Record<number, number>> = {
    ...{ [COUNT]: 1, [MEAN]: value, [M2]: n * value ** 2, [MIN]: value, [MAX]: value, [FIRST]: value, [LAST]: value },
    ...{ [TIME_MEAN]: time, [TIME_M2]: n * time ** 2, [CO_MOMENT]: n * value * time },
    ...{ [STEP_ABS]: n * value, [STEP_SQUARES]: n * value ** 2 },
  };
  for (let i = 0; i < SUMMARY_SIZE; i++) {
    expect(Math.abs(actual[i]! - expected[i]!)).toBeLessThanOrEqual(1e-9 * sizes[i]!);
  }
}

const sample = fc.tuple(fc.double({ min: 0, max: 1e6, noNaN: true }), fc.double({ min: -1e6, max: 1e6, noNaN: true }));
const samples = fc.array(sample, { minLength: 1, maxLength: 60 });

describe("addSample", () => {
  it("says of one sample that it is all there is", () => {
    const summary = summaryOf([[3, 7]]);
    expect(summary[COUNT]).toBe(1);
    expect([MEAN, MIN, MAX, FIRST, LAST].map((i) => summary[i])).toEqual([7, 7, 7, 7, 7]);
    expect(summary[TIME_MEAN]).toBe(3);
    expect([M2, TIME_M2, CO_MOMENT, STEP_ABS, STEP_SQUARES].map((i) => summary[i])).toEqual([0, 0, 0, 0, 0]);
  });

  it("agrees with a walk over the samples", () => {
    fc.assert(fc.property(samples, (all) => expectClose(summaryOf(all), directly(all), all)));
  });

  it("keeps the digits of a small spread around a large mean", () => {
    const all = Array.from({ length: 1000 }, (_, i) => [i, 1e9 + (i % 2)] as const);
    expect(summaryOf(all)[M2]).toBeCloseTo(250, 6);
  });

  it("works on its own place of a larger array", () => {
    const two = new Float64Array(2 * SUMMARY_SIZE);
    addSample(two, SUMMARY_SIZE, 1, 5);
    expect([...two.subarray(0, SUMMARY_SIZE)].every((n) => n === 0)).toBe(true);
    expect(two[SUMMARY_SIZE + MEAN]).toBe(5);
  });
});

describe("mergeSummary", () => {
  it("makes of the parts of any split the summary of the whole", () => {
    fc.assert(
      fc.property(samples, fc.array(fc.nat(60), { maxLength: 6 }), (all, cuts) => {
        const edges = [0, ...cuts.map((cut) => cut % (all.length + 1)).sort((a, b) => a - b), all.length];
        const merged = new Float64Array(SUMMARY_SIZE);
        for (let i = 1; i < edges.length; i++) mergeSummary(merged, 0, summaryOf(all.slice(edges[i - 1], edges[i])), 0);
        expectClose(merged, directly(all), all);
      }),
    );
  });

  it("changes nothing by an empty part, on either side", () => {
    const some = summaryOf([
      [0, 1],
      [1, 3],
    ]);
    const after = Float64Array.from(some);
    mergeSummary(after, 0, new Float64Array(SUMMARY_SIZE), 0);
    expect(after).toEqual(some);
    const before = new Float64Array(SUMMARY_SIZE);
    mergeSummary(before, 0, some, 0);
    expect(before).toEqual(some);
  });
});
