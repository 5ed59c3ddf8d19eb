import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { RecordMaker } from "../contract/records.js";
import { addSample, SUMMARY_SIZE } from "../record/summary.js";
import { Rows } from "./rows.js";
import { Sums } from "./sums.js";

const BASE = 1_700_000_000_000;
const FIELDS = ["a", "b"];

/** Rows of one a second; NaN is a reading without the field. */
function rowsOf(values: readonly (readonly number[])[]): Rows {
  const records = new RecordMaker();
  const rows = new Rows(FIELDS);
  values.forEach(([a, b], i) => rows.append({ ...records.at("p", i, { a: a!, b: b! }), eventTime: BASE + i * 1000 }));
  return rows;
}

function oneByOne(values: readonly (readonly number[])[], from: number, to: number): Float64Array {
  const summaries = new Float64Array(FIELDS.length * SUMMARY_SIZE);
  for (let row = from; row < to; row++)
    FIELDS.forEach((_, field) => {
      const value = values[row]![field]!;
      if (!Number.isNaN(value)) addSample(summaries, field * SUMMARY_SIZE, row, value);
    });
  return summaries;
}

const value = fc.oneof({ arbitrary: fc.integer({ min: -500, max: 500 }), weight: 4 }, fc.constant(NaN));
const table = fc.array(fc.tuple(value, value), { minLength: 1, maxLength: 200 });

/** The windows of so many rows, in order: each ends one row after the one before it. */
const divisions = (rows: number, size: number) =>
  Array.from({ length: rows }, (_, i) => {
    const to = i + 1;
    return { from: Math.max(0, to - size), middle: Math.floor(i / size) * size, to, base: BASE };
  });

describe("sums", () => {
  it("say of every window what adding its samples one by one says", () => {
    fc.assert(
      fc.property(table, fc.integer({ min: 1, max: 120 }), (values, size) => {
        const rows = rowsOf(values);
        const sums = new Sums();
        for (const division of divisions(values.length, size)) {
          const found = sums.of(rows, division);
          const expected = oneByOne(values, division.from, division.to);
          for (let i = 0; i < found.length; i++) expect(found[i]).toBeCloseTo(expected[i]!, 6);
        }
      }),
      { numRuns: 30 },
    );
  });

  it("say the same to the last digit whatever was asked for before", () => {
    fc.assert(
      fc.property(table, fc.integer({ min: 1, max: 120 }), (values, size) => {
        const rows = rowsOf(values);
        const sums = new Sums();
        for (const division of divisions(values.length, size))
          expect(sums.of(rows, division)).toEqual(new Sums().of(rows, division));
      }),
      { numRuns: 30 },
    );
  });

  it("say the same when a row was put in between", () => {
    const values = Array.from({ length: 100 }, (_, i) => [Math.sin(i), i]);
    const rows = rowsOf(values);
    const sums = new Sums();
    sums.of(rows, { from: 0, middle: 50, to: 90, base: BASE });
    const straggler = { ...new RecordMaker().at("p", 0, { a: 1000, b: 1000 }), eventTime: BASE + 60_500 };
    sums.inserted(rows.insert(straggler));
    const division = { from: 1, middle: 50, to: 92, base: BASE };
    expect(sums.of(rows, division)).toEqual(new Sums().of(rows, division));
  });

  it("say of a field that never changes that it does not deviate at all", () => {
    const rows = rowsOf(Array.from({ length: 100 }, () => [0.1, 210.3]));
    const found = new Sums().of(rows, { from: 3, middle: 40, to: 100, base: BASE });
    expect([...found.subarray(0, 3)]).toEqual([97, 0.1, 0]);
    expect([...found.subarray(SUMMARY_SIZE, SUMMARY_SIZE + 3)]).toEqual([97, 210.3, 0]);
  });

  it("keep their digits far from zero", () => {
    const rows = rowsOf(Array.from({ length: 64 }, (_, i) => [1e9 + (i % 2), 0]));
    const [count, mean, m2] = new Sums().of(rows, { from: 0, middle: 30, to: 64, base: BASE });
    expect([count, mean, m2]).toEqual([64, 1e9 + 0.5, 16]);
  });

  it("take no room for windows of few rows, and for others less than the rows do", () => {
    const rows = rowsOf(Array.from({ length: 1024 }, (_, i) => [i, i]));
    const sums = new Sums();
    sums.of(rows, { from: 0, middle: 8, to: 16, base: BASE });
    expect(sums.bytes).toBe(0);
    sums.of(rows, { from: 0, middle: 1000, to: 1024, base: BASE });
    expect(sums.bytes).toBeGreaterThan(0);
    expect(sums.bytes).toBeLessThan(rows.bytes);
  });
});
