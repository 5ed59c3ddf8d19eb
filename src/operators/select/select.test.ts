import { describe, expect, it } from "@jest/globals";
import { contextFor } from "../../streams/contract/context.js";
import { operatorContract } from "../../streams/contract/operator.js";
import { RecordMaker, feed, plain } from "../../streams/contract/records.js";
import type { RecordOperator } from "../../streams/component/definition.js";
import { features, prediction, reading, type RecordType } from "../../streams/record/record-type.js";
import { select } from "./index.js";

const records = new RecordMaker();
const run = (options: object, ...values: object[]): unknown[] => {
  const operator = select.open(select.options.parse(options), contextFor()) as RecordOperator<unknown, unknown>;
  return feed(
    operator,
    values.map((value, i) => records.at("printer_1", i, value)),
  ).main.map((record) => record.value);
};
const problem = (options: object): string | undefined => select.options.safeParse(options).error?.issues[0]?.message;

const message = {
  printer_id: "printer_1",
  timestamp: "2023-06-15T14:32:10Z",
  roughness: 32,
  bed_temp: 60,
  anomaly: null,
};

describe("operator: select", () => {
  operatorContract({
    definition: select,
    options: { keep: ["roughness"] },
    elements: [
      records.at("printer_1", 1, { roughness: 80, bed_temp: 60 }),
      records.at("printer_2", 1, { roughness: 20 }),
      records.mark("printer_1", 2),
      records.at("printer_2", 2, { bed_temp: 60 }),
    ],
  });

  it("keeps the named fields and the address of the message", () => {
    expect(run({ keep: ["roughness", "vibration"] }, message)).toEqual([
      { printer_id: "printer_1", timestamp: "2023-06-15T14:32:10Z", roughness: 32 },
    ]);
  });

  it("drops the named fields, the address too", () => {
    expect(run({ drop: ["printer_id", "timestamp", "anomaly"] }, message)).toEqual([{ roughness: 32, bed_temp: 60 }]);
  });

  it("renames, and keeps what it renames", () => {
    expect(run({ rename: { "Temp (C)": "temp" } }, { "Temp (C)": 5, other: 1 })).toEqual([{ temp: 5, other: 1 }]);
    expect(run({ keep: ["a"], rename: { b: "c" } }, { a: 1, b: 2, d: 3 })).toEqual([{ a: 1, c: 2 }]);
  });

  it("lets a renamed field win over one that has the name, and two change places", () => {
    expect(run({ rename: { a: "b" } }, { a: 1, b: 2 }, { b: 2, a: 1 }, { b: 2 })).toEqual([
      { b: 1 },
      { b: 1 },
      { b: 2 },
    ]);
    expect(run({ rename: { a: "b", b: "a" } }, { a: 1, b: 2 })).toEqual([{ a: 2, b: 1 }]);
  });

  it("leaves a missing field missing and null null", () => {
    expect(run({ keep: ["a", "b"] }, { a: null }, {})).toEqual([{ a: null }, {}]);
  });

  it("picks features by name, sharing the names among records", () => {
    const names = ["a_mean", "b_mean", "c_mean"];
    const of = (...values: number[]) => ({ kind: "features", names, values: Float64Array.from(values), evidence: {} });
    const [first, second] = run({ keep: ["c_mean", "a_mean"] }, of(1, 2, 3), of(4, 5, NaN)) as { names: string[] }[];
    expect(plain([first, second])).toEqual([
      { kind: "features", names: ["a_mean", "c_mean"], values: [1, 3], evidence: {} },
      { kind: "features", names: ["a_mean", "c_mean"], values: [4, "NaN"], evidence: {} },
    ]);
    expect(first!.names).toBe(second!.names);
  });

  it("picks the outputs of a model", () => {
    const value = { kind: "prediction", fields: { score: 0.5, a_mean: 1 }, evidence: { model: {} } };
    expect(run({ keep: ["score"] }, value)).toEqual([{ ...value, fields: { score: 0.5 } }]);
  });

  it("says which features come out", () => {
    const emits = (options: object, type: RecordType = features(["a", "b", "c"])) =>
      select.emits([type], select.options.parse(options));
    expect(emits({ drop: ["b"] })).toEqual(features(["a", "c"]));
    expect(emits({ rename: { a: "c" } })).toEqual(features(["b", "c"]));
    expect(emits({ keep: ["a"] }, reading)).toBe(reading);
    expect(emits({ keep: ["a"] }, prediction)).toBe(prediction);
  });

  it("refuses features that are not there", () => {
    const emits = (options: object) => select.emits([features(["a_mean"])], select.options.parse(options));
    for (const options of [{ keep: ["a_man"] }, { drop: ["a_man"] }, { rename: { a_man: "b" } }])
      expect(() => emits(options)).toThrow('Did you mean "a_mean"?');
  });

  it("refuses options that say nothing or two things", () => {
    expect(problem({})).toContain("write keep, drop or rename");
    expect(problem({ keep: ["a"], drop: ["b"] })).toContain("not both");
    expect(problem({ rename: { a: "c", b: "c" } })).toContain("two fields are renamed to c");
    expect(problem({ rename: { a: "b c" } })).toContain("write a field name");
    expect(problem({ rename: { a: "kind" } })).toContain("no field may be called kind");
    expect(problem({ rename: { a: "__proto__" } })).toContain("no field may be called __proto__");
    expect(problem({ keep: [] })).toBeDefined();
    expect(problem({ keeps: ["a"] })).toContain("keeps");
  });
});
