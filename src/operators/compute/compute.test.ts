import { describe, expect, it } from "@jest/globals";
import { contextFor } from "../../streams/contract/context.js";
import { operatorContract } from "../../streams/contract/operator.js";
import { RecordMaker, feed, plain } from "../../streams/contract/records.js";
import type { RecordOperator } from "../../streams/component/definition.js";
import { features, reading } from "../../streams/record/record-type.js";
import { compute } from "./index.js";

const records = new RecordMaker();
const run = (set: object, ...values: object[]): unknown[] => {
  const operator = compute.open(compute.options.parse({ set }), contextFor()) as RecordOperator<unknown, unknown>;
  return feed(
    operator,
    values.map((value, i) => records.at("printer_1", i, value)),
  ).main.map((record) => record.value);
};
const problem = (options: object): string | undefined => compute.options.safeParse(options).error?.issues[0]?.message;

describe("operator: compute", () => {
  operatorContract({
    definition: compute,
    options: { set: { error: "nozzle_target - nozzle_temp" } },
    elements: [
      records.at("printer_1", 1, { nozzle_target: 215, nozzle_temp: 210 }),
      records.at("printer_2", 1, { nozzle_target: 200, nozzle_temp: 210 }),
      records.mark("printer_1", 2),
      records.at("printer_2", 2, { nozzle_temp: 210 }),
    ],
  });

  it("adds a number, a text or a truth", () => {
    const set = { error: "target - temp", state: "temp > 205 ? 'hot' : 'cold'", ready: "temp >= target" };
    expect(run(set, { target: 215, temp: 210 })).toEqual([
      { target: 215, temp: 210, error: 5, state: "hot", ready: false },
    ]);
  });

  it("sees what it has computed before", () => {
    expect(run({ b: "a + 1", c: "b * 2", a: "a * 10" }, { a: 1 })).toEqual([{ a: 10, b: 2, c: 4 }]);
  });

  it("leaves out what is not known, and what it would have replaced", () => {
    expect(run({ b: "a * 2" }, {}, { a: null }, { a: NaN }, { a: 1e308 }, { a: 0 })).toEqual([
      {},
      { a: null },
      { a: NaN },
      { a: 1e308 },
      { a: 0, b: 0 },
    ]);
    expect(run({ temp: "(temp - 32) / 1.8" }, { temp: 212 }, { temp: null })).toEqual([{ temp: 100 }, {}]);
  });

  it("knows key and time", () => {
    expect(run({ who: "key", when: "time" }, {}, {})).toEqual([
      { who: "printer_1", when: 0 },
      { who: "printer_1", when: 1 },
    ]);
  });

  it("adds numbers to features, the names shared among records", () => {
    const names = ["a", "b"];
    const of = (...values: number[]) => ({ kind: "features", names, values: Float64Array.from(values), evidence: {} });
    const set = { ratio: "a / b", high: "a > 1", word: "'x'", b: "b * 10" };
    const [first, second] = run(set, of(3, 2), of(1, NaN)) as { names: string[] }[];
    expect(plain([first, second])).toEqual([
      { kind: "features", names: ["a", "b", "ratio", "high", "word"], values: [3, 20, 1.5, 1, "NaN"], evidence: {} },
      {
        kind: "features",
        names: ["a", "b", "ratio", "high", "word"],
        values: [1, "NaN", "NaN", 0, "NaN"],
        evidence: {},
      },
    ]);
    expect(first!.names).toBe(second!.names);
  });

  it("adds numbers to predictions", () => {
    const value = { kind: "prediction", fields: { score: 0.5 }, evidence: { model: {} } };
    expect(run({ percent: "score * 100", sure: "score > 0.9", word: "'x'" }, value)).toEqual([
      { ...value, fields: { score: 0.5, percent: 50, sure: 0 } },
    ]);
  });

  it("says which features come out", () => {
    const options = compute.options.parse({ set: { c: "a + b", a: "a * 2" } });
    expect(compute.emits([features(["a", "b"])], options)).toEqual(features(["a", "b", "c"]));
    expect(compute.emits([reading], options)).toBe(reading);
  });

  it("refuses names that are taken, none at all, and wrong expressions", () => {
    for (const name of ["kind", "key", "time", "printer_id", "timestamp", "constructor"])
      expect(problem({ set: { [name]: "1" } })).toBeDefined();
    expect(problem({ set: {} })).toContain("name at least one field");
    expect(problem({})).toBeDefined();
    expect(compute.options.safeParse({ set: { a: "b +" } }).error!.issues[0]).toMatchObject({
      path: ["set", "a"],
      message: expect.stringContaining("column 4"),
    });
  });
});
