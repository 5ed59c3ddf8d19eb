import { describe, expect, it } from "@jest/globals";
import { contextFor } from "../../streams/contract/context.js";
import { operatorContract } from "../../streams/contract/operator.js";
import { feed, RecordMaker } from "../../streams/contract/records.js";
import type { RecordOperator } from "../../streams/component/definition.js";
import { windowed } from "../../streams/record/record-type.js";
import type { StreamRecord } from "../../streams/record/record.js";
import { addSample, SUMMARY_SIZE } from "../../streams/record/summary.js";
import type { Features, Window } from "../../streams/record/values.js";
import { extractFeatures } from "./index.js";

const records = new RecordMaker();

/** A window of ten seconds with these samples of each field, one a second. */
function windowAt(
  key: string,
  start: number,
  fields: Readonly<Record<string, readonly number[]>>,
): StreamRecord<Window> {
  const names = Object.keys(fields);
  const summaries = new Float64Array(names.length * SUMMARY_SIZE);
  Object.values(fields).forEach((values, field) =>
    values.forEach((value, second) => addSample(summaries, field * SUMMARY_SIZE, second, value)),
  );
  const [from, to] = [records.at(key, start, 0).position, records.at(key, start + 9, 0).position];
  const bounds = { start: start * 1000, end: (start + 10) * 1000 };
  const value: Window = { kind: "window", ...bounds, count: 9, from, to, revision: 0, fields: names, summaries };
  return { ...records.at(key, start + 10, value), position: to };
}

const featuresOf = (options: object, ...windows: StreamRecord<Window>[]): StreamRecord<Features>[] => {
  const operator = extractFeatures.open(extractFeatures.options.parse(options), contextFor()) as RecordOperator<
    Window,
    Features
  >;
  const { main, poison } = feed(operator, windows);
  expect(poison).toEqual([]);
  return main as StreamRecord<Features>[];
};
const named = ({ value }: StreamRecord<Features>) =>
  Object.fromEntries(value.names.map((name, i) => [name, value.values[i]]));
const problem = (options: object) => extractFeatures.options.safeParse(options).error?.issues[0]?.message;

describe("operator: extract-features", () => {
  operatorContract({
    definition: extractFeatures,
    options: { fields: ["a", "b"] },
    inputs: [windowed],
    elements: [0, 10, 20].flatMap((start) => [
      windowAt("printer_1", start, { a: [1, 2, start], b: [5] }),
      windowAt("printer_2", start, { b: [start] }),
    ]),
  });

  it("gives for each field each statistic, and the count, in the order of the options", () => {
    const options = extractFeatures.options.parse({ fields: ["b", "a"], stats: ["max", "mean"] });
    const names = ["b_max", "b_mean", "b_count", "a_max", "a_mean", "a_count"];
    expect(extractFeatures.emits([windowed], options)).toEqual({ kind: "features", fields: names });
    const [record] = featuresOf(
      { fields: ["b", "a"], stats: ["max", "mean"] },
      windowAt("p", 0, { a: [1, 3], b: [5] }),
    );
    expect(record!.value.names).toEqual(names);
    expect([...record!.value.values]).toEqual([5, 5, 1, 3, 2, 2]);
  });

  it("leaves the count where it is named", () => {
    const options = extractFeatures.options.parse({ fields: ["a"], stats: ["count", "last"] });
    expect(extractFeatures.emits([windowed], options).fields).toEqual(["a_count", "a_last"]);
  });

  it("gives by itself what tells level, spread and movement", () => {
    const [record] = featuresOf({ fields: ["a"] }, windowAt("p", 0, { a: [2, 4, 4, 6] }));
    expect(named(record!)).toEqual({
      a_mean: 4,
      a_std: Math.SQRT2,
      a_min: 2,
      a_max: 6,
      a_slope: 1.2,
      a_jitter: Math.sqrt(8 / 3),
      a_last: 6,
      a_count: 4,
    });
  });

  it("keeps key, time and place, and says which readings it saw", () => {
    const window = windowAt("p", 20, { a: [1] });
    const [record] = featuresOf({ fields: ["a"] }, window);
    expect(record).toMatchObject({ key: "p", eventTime: 30_000, position: window.position });
    const { from, to } = window.value;
    expect(record!.value.evidence).toEqual({ window: { start: 20_000, end: 30_000 }, from, to });
  });

  it("gives NaN and a count of 0 where nothing was measured", () => {
    const options = { fields: ["absent", "a", "unmeasured"], stats: ["mean", "jitter"] };
    const [record] = featuresOf(options, windowAt("p", 0, { unmeasured: [], a: [1] }));
    expect([...record!.value.values]).toEqual([NaN, NaN, 0, 1, 0, 1, NaN, NaN, 0]);
  });

  it("finds each field wherever the window has it", () => {
    const windows = [windowAt("p", 0, { a: [1], b: [2] }), windowAt("p", 10, { b: [2], a: [1] })];
    const values = featuresOf({ fields: ["a", "b"], stats: ["mean"] }, ...windows).map(({ value }) => [
      ...value.values,
    ]);
    expect(values).toEqual([[1, 1, 2, 1], [1, 1, 2, 1]]); // prettier-ignore
  });

  it("shares one array of names between all records", () => {
    const [first, second] = featuresOf({ fields: ["a"] }, windowAt("p", 0, { a: [1] }), windowAt("q", 0, { a: [1] }));
    expect(first!.value.names).toBe(second!.value.names);
  });

  it("asks its windows for its fields and no samples", () => {
    const options = extractFeatures.options.parse({ fields: ["b", "a"] });
    expect(extractFeatures.demands!(options)).toEqual({ fields: ["b", "a"], samples: false });
  });

  it.each([
    [{ fields: [] }, "name at least one field"],
    [{ fields: ["a", "a"] }, "name each field once"],
    [{ fields: ["a"], stats: [] }, "name at least one statistic"],
    [{ fields: ["a"], stats: ["mean", "mean"] }, "name each statistic once"],
    [{ fields: ["a"], stats: ["median"] }, "choose from count, mean, std"],
    [{ fields: ["a b"] }, "write a field name"],
  ])("refuses %j", (options, message) => expect(problem(options)).toContain(message));
});
