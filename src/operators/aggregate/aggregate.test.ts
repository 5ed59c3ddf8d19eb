import { describe, expect, it } from "@jest/globals";
import { contextFor } from "../../streams/contract/context.js";
import { operatorContract } from "../../streams/contract/operator.js";
import { feed, RecordMaker } from "../../streams/contract/records.js";
import type { RecordOperator } from "../../streams/component/definition.js";
import { windowed } from "../../streams/record/record-type.js";
import type { StreamRecord } from "../../streams/record/record.js";
import { addSample, SUMMARY_SIZE } from "../../streams/record/summary.js";
import type { Features, Window } from "../../streams/record/values.js";
import { aggregate } from "./index.js";

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
  const operator = aggregate.open(aggregate.options.parse(options), contextFor()) as RecordOperator<Window, Features>;
  const { main, poison } = feed(operator, windows);
  expect(poison).toEqual([]);
  return main as StreamRecord<Features>[];
};
const named = ({ value }: StreamRecord<Features>) =>
  Object.fromEntries(value.names.map((name, i) => [name, value.values[i]]));
const problem = (options: object) => aggregate.options.safeParse(options).error?.issues[0]?.message;

describe("operator: aggregate", () => {
  operatorContract({
    definition: aggregate,
    options: { fields: { a: ["mean", "slope"], b: ["count", "sum"] } },
    inputs: [windowed],
    elements: [0, 10, 20].flatMap((start) => [
      windowAt("printer_1", start, { a: [1, 2, start], b: [5] }),
      windowAt("printer_2", start, { b: [start] }),
    ]),
  });

  it("gives what was asked for of each field, in that order", () => {
    const options = { fields: { b: ["last"], a: ["range", "count"], absent: ["sum", "count"] } };
    const names = ["b_last", "a_range", "a_count", "absent_sum", "absent_count"];
    expect(aggregate.emits([windowed], aggregate.options.parse(options))).toEqual({ kind: "features", fields: names });
    const [record] = featuresOf(options, windowAt("p", 0, { a: [1, 4, 2], b: [7, 8] }));
    expect(named(record!)).toEqual({ b_last: 8, a_range: 3, a_count: 3, absent_sum: NaN, absent_count: 0 });
  });

  it("asks its windows for its fields and no samples", () => {
    const options = aggregate.options.parse({ fields: { b: ["last"], a: ["range"] } });
    expect(aggregate.demands!(options)).toEqual({ fields: ["b", "a"], samples: false });
  });

  it.each([
    [{ fields: {} }, "name at least one field"],
    [{ fields: { a: "mean" } }, "write a list of statistics, as in [mean, max]"],
    [{ fields: { a: [] } }, "name at least one statistic"],
    [{ fields: { a: ["mean", "mean"] } }, "name each statistic once"],
    [{ fields: { a: ["average"] } }, "choose from count, mean, std"],
  ])("refuses %j", (options, message) => expect(problem(options)).toContain(message));
});
