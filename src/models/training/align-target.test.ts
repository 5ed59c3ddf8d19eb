import { describe, expect, it } from "@jest/globals";
import { alignTarget } from "./align-target.js";
import type { TrainingRow } from "./recording.js";

const row = (key: string, s: number, roughness: number): TrainingRow => ({
  key,
  time: s * 1000,
  values: Float64Array.of(0, roughness),
  label: null,
});
const recording = (rows: readonly TrainingRow[]) => ({ file: "a.csv", names: ["x_mean", "roughness_mean"], rows });
const align = (rows: readonly TrainingRow[]) => [...alignTarget(recording(rows), "roughness_mean", 30_000)];

describe("alignTarget", () => {
  it("gives each row the value of its key thirty seconds later", () => {
    const rows = [0, 10, 20, 30, 40, 50].map((s) => row("printer_1", s, s));
    expect(align(rows)).toEqual([30, 40, 50, NaN, NaN, NaN]);
  });

  it("keeps interleaved keys apart", () => {
    const rows = [row("one", 0, 1), row("two", 0, 2), row("two", 30, 4), row("one", 30, 3)];
    expect(align(rows)).toEqual([3, 4, NaN, NaN]);
  });

  it("takes the nearest window within three seconds, and none beyond", () => {
    expect(align([row("one", 0, 1), row("one", 28, 2), row("one", 31, 3)])[0]).toBe(3);
    expect(align([row("one", 0, 1), row("one", 33, 2)])[0]).toBe(2);
    expect(align([row("one", 0, 1), row("one", 33.001, 2)])[0]).toBeNaN();
    expect(align([row("one", 0, 1), row("one", 26.999, 2)])[0]).toBeNaN();
  });

  it("gives NaN where the later window did not measure it", () => {
    expect(align([row("one", 0, 1), row("one", 30, NaN)])[0]).toBeNaN();
  });

  it("gives NaN for a feature that is not there, and nothing for no rows", () => {
    expect(alignTarget(recording([row("one", 0, 1), row("one", 30, 1)]), "vibration_mean", 30_000)[0]).toBeNaN();
    expect(align([])).toEqual([]);
  });
});
