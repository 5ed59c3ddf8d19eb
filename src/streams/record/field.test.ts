import { describe, expect, it } from "@jest/globals";
import { kindOf, readField, readNumber } from "./field.js";
import { addSample, SUMMARY_SIZE } from "./summary.js";

const at = { stream: "s", partition: 0, offset: 0 };
const evidence = { from: at, to: at };
const summaries = new Float64Array(2 * SUMMARY_SIZE);
addSample(summaries, SUMMARY_SIZE, 0, 215);
const values = {
  reading: { roughness: 80, state: "printing", on: true, layer: null },
  features: { kind: "features", names: ["mean", "gap"], values: Float64Array.of(3, NaN), evidence },
  prediction: { kind: "prediction", fields: { score: 0.5 }, evidence },
  window: { kind: "window", start: 0, end: 1, count: 4, fields: ["x", "temp"], summaries },
  verdict: { kind: "verdict", rule: "rough", observed: 80, estimated: false, evidence },
};

describe("kindOf", () => {
  it("knows a reading by its having no kind", () => {
    expect(kindOf(values.reading)).toBe("reading");
    expect(kindOf(values.window)).toBe("window");
  });
});

describe("readField", () => {
  it.each([
    [values.reading, "roughness", 80],
    [values.reading, "state", "printing"],
    [values.reading, "layer", null],
    [values.reading, "absent", undefined],
    [values.features, "mean", 3],
    [values.features, "absent", undefined],
    [values.prediction, "score", 0.5],
    [values.prediction, "absent", undefined],
    [values.window, "count", 4],
    [values.window, "x", 0],
    [values.window, "temp", 1],
    [values.window, "absent", undefined],
    [values.verdict, "observed", 80],
    [values.verdict, "estimated", false],
    [values.verdict, "evidence", undefined],
  ])("of %j, %s is %p", (value, name, expected) => expect(readField(value, name)).toBe(expected));
});

describe("readNumber", () => {
  it("gives numbers, and undefined for text, truth values, null, NaN and what is absent", () => {
    expect(readNumber(values.reading, "roughness")).toBe(80);
    for (const name of ["state", "on", "layer", "absent"]) expect(readNumber(values.reading, name)).toBeUndefined();
    expect(readNumber(values.features, "gap")).toBeUndefined();
  });
});
