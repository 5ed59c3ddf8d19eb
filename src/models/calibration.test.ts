import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { calibrate, scoreOf } from "./calibration.js";

/** Errors 0, 0.001, … 1: the share of smaller ones is the error itself. */
const even = Float64Array.from({ length: 1001 }, (_, i) => i / 1000);
const errors = fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 50 });

describe("scoreOf", () => {
  it.each([0, 0.25, 0.5, 0.9, 0.99])("gives the share of healthy errors below %d", (error) => {
    expect(scoreOf(error, calibrate(even))).toBeCloseTo(error, 6);
  });

  it("goes on rising beyond the largest healthy error, and never passes 1", () => {
    const calibration = calibrate(even);
    const [near, far, furthest] = [1, 1.01, 1e9].map((error) => scoreOf(error, calibration));
    expect(near).toBeGreaterThan(0.99);
    expect(far).toBeGreaterThan(near!);
    expect(furthest).toBe(1);
  });

  it("calls an error odd that no healthy window ever had", () => {
    expect(scoreOf(3, calibrate(even))).toBeGreaterThan(0.9999);
  });

  it("works where all healthy errors are the same", () => {
    const calibration = calibrate(Float64Array.of(1, 1, 1));
    expect(scoreOf(0.5, calibration)).toBe(0);
    expect(scoreOf(1, calibration)).toBeCloseTo(0.99, 6);
    expect(scoreOf(100, calibration)).toBeCloseTo(1, 6);
  });

  it("says NaN of NaN", () => expect(scoreOf(NaN, calibrate(even))).toBeNaN());

  it("never falls while the error rises, and stays in 0..1", () => {
    fc.assert(
      fc.property(errors, errors, (healthy, asked) => {
        const calibration = calibrate(Float64Array.from(healthy));
        const scores = asked.sort((a, b) => a - b).map((error) => scoreOf(error, calibration));
        expect(scores.every((score) => score >= 0 && score <= 1)).toBe(true);
        expect(scores).toEqual(scores.toSorted((a, b) => a - b));
      }),
    );
  });
});
