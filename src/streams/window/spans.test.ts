import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { edgeBefore, firstEnd, lastEnd, middleOf } from "./spans.js";

const spans = fc
  .record({ every: fc.integer({ min: 1, max: 100_000 }), steps: fc.integer({ min: 1, max: 500 }) })
  .map(({ every, steps }) => ({ every, size: every * steps }));
const time = fc.oneof(fc.integer({ min: -1e12, max: 4e12 }), fc.double({ min: -1e6, max: 2e12, noNaN: true }));

describe("spans", () => {
  it.each([
    [0, 0],
    [9_999, 0],
    [10_000, 10_000],
    [10_000.5, 10_000],
    [-1, -10_000],
    [1_700_000_009_999, 1_700_000_000_000],
    // The next number before an edge that a double can hold: its quotient by 10,000 rounds up.
    [1_699_999_999_999.9998, 1_699_999_990_000],
  ])("has for %d the edge %d", (at, edge) => expect(edgeBefore(at, 10_000)).toBe(edge));

  it("puts a time into the windows from its first end to its last one, and no other", () => {
    fc.assert(
      fc.property(time, spans, (at, { size, every }) => {
        const [first, last] = [firstEnd(at, { size, every }), lastEnd(at, { size, every })];
        expect(first).toBeGreaterThan(at);
        expect(first - every).toBeLessThanOrEqual(at);
        expect(last - size).toBeLessThanOrEqual(at);
        expect(last - size + every).toBeGreaterThan(at);
        expect((last - first) / every).toBe(size / every - 1);
      }),
    );
  });

  it("has one multiple of the size in each window", () => {
    fc.assert(
      fc.property(fc.integer({ min: -1e6, max: 1e6 }), spans, (step, { size, every }) => {
        const end = step * every;
        const middle = middleOf(end, { size, every });
        expect(Math.abs(middle % size)).toBe(0);
        expect(middle).toBeGreaterThanOrEqual(end - size);
        expect(middle).toBeLessThan(end);
      }),
    );
  });
});
