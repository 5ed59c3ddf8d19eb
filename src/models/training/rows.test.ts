import { describe, expect, it } from "@jest/globals";
import type { Recording } from "./recording.js";
import { partition, rowsOf } from "./rows.js";
import { splitRecording } from "./split.js";

const GAP = 30_000;

/** A row a second of so many printers; the value is printer·10000 + second. */
function recording(printers: number, seconds: number, names: readonly string[] = ["x_mean"]): Recording {
  const rows = Array.from({ length: seconds * printers }, (_, i) => {
    const [s, printer] = [Math.floor(i / printers), i % printers];
    return { key: `printer_${printer}`, time: s * 1000, values: Float64Array.of(printer * 10_000 + s), label: null };
  });
  return { file: "a.csv", names, rows };
}

describe("splitRecording", () => {
  it("holds back the last part of the time, with a gap before it and before what is validated on", () => {
    const parts = splitRecording(recording(1, 1001), GAP);
    const spans = ["train", "validation", "held-back"].map((part) => [
      parts.indexOf(part as never),
      parts.lastIndexOf(part as never),
    ]);
    expect(spans).toEqual([
      [0, 619],
      [650, 769],
      [800, 1000],
    ]);
  });

  it("holds back every fifth printer as a whole", () => {
    const made = recording(5, 100);
    const parts = splitRecording(made, GAP);
    expect(new Set(parts.filter((_, i) => made.rows[i]!.key === "printer_4"))).toEqual(new Set(["held-back"]));
    expect(parts.filter((_, i) => made.rows[i]!.key === "printer_0")).toContain("train");
  });

  it("takes an empty recording, and one of a single row", () => {
    expect(splitRecording(recording(1, 0), GAP)).toEqual([]);
    expect(splitRecording(recording(1, 1), GAP)).toEqual(["held-back"]);
  });
});

describe("partition", () => {
  it("lays the rows of all recordings one after the other", () => {
    const { train, "held-back": heldBack } = partition([recording(1, 1001), recording(1, 1001)], GAP);
    expect(train.count).toBe(2 * 620);
    expect([...heldBack.values.slice(0, 2)]).toEqual([800, 801]);
  });

  it("widens the gap by the horizon, so that no target looks into another part", () => {
    const target = { feature: "x_mean", horizon: 60_000 };
    const { train, validation } = partition([recording(1, 1001)], GAP, target);
    expect(Math.max(...train.targets)).toBeLessThan(Math.min(...validation.values) - 20);
    expect([train.values[0], train.targets[0]]).toEqual([0, 60]);
  });

  it("leaves out how many samples there were", () => {
    const made = recording(1, 1001, ["x_count", "x_mean"]);
    const rows = made.rows.map((row) => ({ ...row, values: Float64Array.of(12, row.values[0]!) }));
    const { train } = partition([{ ...made, rows }], GAP);
    expect(train.names).toEqual(["x_mean"]);
    expect([...train.values.slice(0, 2)]).toEqual([0, 1]);
  });

  it("refuses recordings with different features, and none at all", () => {
    expect(() => partition([recording(1, 10), recording(1, 10, ["y_mean"])], GAP)).toThrow(/gives other features/);
    expect(() => partition([], GAP)).toThrow(/--data/);
  });
});

describe("rowsOf", () => {
  const two: Recording = {
    file: "b.csv",
    names: ["x_mean", "y_mean"],
    rows: [0, 1, 2].map((s) => ({ key: "p", time: s * 1000, values: Float64Array.of(s, 10 + s), label: null })),
  };

  it("takes every row, with the features in the order that a model wants", () => {
    const { names, count, values } = rowsOf([two, two], ["y_mean", "x_mean"]);
    expect({ names, count }).toEqual({ names: ["y_mean", "x_mean"], count: 6 });
    expect([...values.slice(0, 4)]).toEqual([10, 0, 11, 1]);
  });

  it("finds what a regressor is held against", () => {
    const { targets } = rowsOf([two], ["x_mean"], { feature: "x_mean", horizon: 1000 });
    expect(targets[0]).toBe(1);
  });

  it("names a feature that the recordings lack", () => {
    expect(() => rowsOf([two], ["z_mean", "x_mean"])).toThrow(/b.csv: the model wants 1 features .* z_mean the first/);
  });
});
