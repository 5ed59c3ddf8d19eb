import { describe, expect, it } from "@jest/globals";
import { RecordMaker } from "../../streams/contract/records.js";
import { plainValue } from "../../streams/record/plain.js";
import { addSample, SUMMARY_SIZE } from "../../streams/record/summary.js";
import type { Adjustment, Features, Late, Prediction, Verdict, Window } from "../../streams/record/values.js";
import { flatten } from "./flatten.js";

const records = new RecordMaker();
const at = { stream: "s", partition: 0, offset: 0 };
const evidence = { window: { start: 0, end: 1000 }, from: at, to: at };
const bounds = { window_start: "1970-01-01T00:00:00.000Z", window_end: "1970-01-01T00:00:01.000Z" };

function cells(value: unknown) {
  return flatten(records.at("printer_1", 1, value));
}

describe("flatten", () => {
  it("leaves out of a reading what the row has already, and what would make the row something else", () => {
    const reading = JSON.parse('{"printer_id":"p","timestamp":1,"x":1,"time_mark":"gone","__proto__":3}') as object;
    expect(cells(reading)).toEqual({ x: 1 });
  });

  it("gives features by their names", () => {
    const features: Features = { kind: "features", names: ["a", "b"], values: Float64Array.of(1, NaN), evidence };
    expect(cells(features)).toEqual({ a: 1, b: NaN, ...bounds });
  });

  it("gives a prediction with its model", () => {
    const model = { name: "anomaly", version: "1" };
    const prediction: Prediction = { kind: "prediction", fields: { score: 0.5 }, evidence: { ...evidence, model } };
    expect(cells(prediction)).toEqual({ score: 0.5, model: "anomaly", ...bounds });
  });

  it("gives count, mean, least and greatest of a window's fields", () => {
    const summaries = new Float64Array(2 * SUMMARY_SIZE);
    addSample(summaries, 0, 0, 1);
    addSample(summaries, 0, 1, 3);
    const window: Window = {
      ...{ kind: "window", start: 0, end: 1000, count: 2, from: at, to: at, revision: 0 },
      ...{ fields: ["x", "y"], summaries },
    };
    expect(cells(window)).toEqual({
      ...{ ...bounds, count: 2, revision: 0 },
      ...{ x_count: 2, x_mean: 2, x_min: 1, x_max: 3 },
      ...{ y_count: 0, y_mean: undefined, y_min: undefined, y_max: undefined },
    });
  });

  it("says which layer or job a session is", () => {
    const layer: Window = {
      ...{ kind: "window", start: 0, end: 1000, count: 2, from: at, to: at, revision: 0 },
      ...{ by: { field: "layer", value: 7 }, fields: [], summaries: new Float64Array(0) },
    };
    expect(cells(layer)).toEqual({ ...bounds, count: 2, revision: 0, layer: 7 });
    expect(plainValue(layer)).toMatchObject({ kind: "window", by: { layer: 7 } });
  });

  it("gives verdicts and adjustments flat", () => {
    const flat: Omit<Verdict, "kind" | "evidence"> = {
      ...{ rule: "rough", field: "roughness", observed: 80, limit: 75, estimated: false, episode: "e" },
      state: "raised",
    };
    const verdict: Verdict = { kind: "verdict", ...flat, evidence: { from: at, to: at } };
    expect(cells(verdict)).toEqual(flat);
    const adjustment = { kind: "adjustment", speed: 50, reason: "rough", evidence } as unknown as Adjustment;
    expect(cells(adjustment)).toEqual({ speed: 50, reason: "rough", ...bounds });
  });

  it("gives a late record with the window that it missed", () => {
    const late: Late = {
      ...{ kind: "late", record: records.at("p", 0, { x: 1 }), lateBy: 5, window: evidence.window },
    };
    expect(cells(late)).toEqual({ x: 1, late_by: 5, ...bounds });
  });
});
