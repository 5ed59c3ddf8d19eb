import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { fitsNanoseconds, nanoseconds } from "./nanoseconds.js";

/** A double is a whole number over a power of two: its nanoseconds without any rounding but the last. */
function exactly(ms: number): bigint {
  let scaled = ms;
  let shift = 0n;
  while (!Number.isInteger(scaled)) {
    scaled *= 2;
    shift += 1n;
  }
  const numerator = BigInt(scaled) * 1_000_000n * 2n + (1n << shift);
  const denominator = 1n << (shift + 1n);
  const floored = numerator / denominator;
  return numerator % denominator < 0n ? floored - 1n : floored;
}

describe("nanoseconds", () => {
  it.each([
    [0, "0"],
    [1, "1000000"],
    [1686839530000, "1686839530000000000"],
    [1686839530123, "1686839530123000000"],
    [1686839530123.5, "1686839530123500000"],
    [1686839530123.0625, "1686839530123062500"],
    [0.000001, "1"],
    [0.9999999, "1000000"],
    [-1, "-1000000"],
    [-0.5, "-500000"],
  ])("writes %d ms as %s", (ms, text) => expect(nanoseconds(ms)).toBe(text));

  it("is exact for every time of our century, fractions too", () => {
    fc.assert(
      fc.property(fc.double({ min: 9e11, max: 5e12, noNaN: true }), (ms) => {
        expect(BigInt(nanoseconds(ms))).toBe(exactly(ms));
      }),
    );
  });

  it("never puts a later time before an earlier one", () => {
    const time = fc.double({ min: -5e12, max: 5e12, noNaN: true });
    fc.assert(
      fc.property(time, time, (a, b) => {
        expect(BigInt(nanoseconds(Math.min(a, b))) <= BigInt(nanoseconds(Math.max(a, b)))).toBe(true);
      }),
    );
  });

  it("knows what 64 bits hold", () => {
    expect([9_223_372_036_854, -9_223_372_036_854].every(fitsNanoseconds)).toBe(true);
    expect([9_223_372_036_855, -Infinity, NaN].some(fitsNanoseconds)).toBe(false);
    expect(BigInt.asIntN(64, BigInt(nanoseconds(9_223_372_036_854)))).toBe(9_223_372_036_854_000_000n);
  });
});
