import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { contextFor } from "../../streams/contract/context.js";
import { operatorContract } from "../../streams/contract/operator.js";
import { RecordMaker, feed } from "../../streams/contract/records.js";
import { cutState, restoreState } from "../../streams/contract/state.js";
import type { RecordOperator } from "../../streams/component/definition.js";
import type { StreamRecord } from "../../streams/record/record.js";
import { fingerprinter } from "./fingerprint.js";
import { dedupe } from "./index.js";

const records = new RecordMaker();
const at = (second: number, value: object = { roughness: 1 }, key = "printer_1") => records.at(key, second, value);
const open = (options: object = {}) =>
  dedupe.open(dedupe.options.parse(options), contextFor()) as RecordOperator<unknown, unknown>;
const run = (elements: StreamRecord[], options?: object): number[] => {
  const { main } = feed(open(options), elements);
  return main.map((record) => elements.indexOf(record));
};

describe("operator: dedupe", () => {
  operatorContract({
    definition: dedupe,
    options: { last: 3 },
    elements: [
      at(1),
      at(1, {}, "printer_2"),
      at(1),
      records.mark("printer_1", 1),
      at(2),
      at(1),
      at(1, {}, "printer_2"),
      at(3),
    ],
  });

  it("drops a reading that came before, wherever its fields stand", () => {
    expect(run([at(1, { a: 1, b: "x" }), at(1, { b: "x", a: 1 }), at(2, { a: 1, b: "x" })])).toEqual([0, 2]);
  });

  it("hands what it drops to its side", () => {
    const repeat = at(1);
    expect(feed(open(), [at(1), repeat]).sides).toEqual([{ name: "repeats", record: repeat }]);
  });

  it.each([
    ["another time", at(1), at(1.001)],
    ["another printer", at(1), at(1, { roughness: 1 }, "printer_2")],
    ["another value", at(1), at(1, { roughness: 2 })],
    ["another type", at(1), at(1, { roughness: "1" })],
    ["one more field", at(1), at(1, { roughness: 1, fan: 1 })],
    ["null for a value", at(1), at(1, { roughness: null })],
    ["values that changed places", at(1, { a: 1, b: 2 }), at(1, { a: 2, b: 1 })],
  ])("lets %s through", (_, first, second) => expect(run([first, second])).toEqual([0, 1]));

  it("takes NaN for the same as NaN, and undefined for a field that is not there", () => {
    expect(run([at(1, { a: NaN }), at(1, { a: NaN, b: undefined })])).toEqual([0]);
  });

  it("compares the named fields alone", () => {
    const elements = [at(1, { a: 1, b: 1 }), at(1, { a: 1, b: 2 }), at(1, { a: 2 })];
    expect(run(elements, { fields: ["a"] })).toEqual([0, 2]);
    expect(run(elements, { fields: [] })).toEqual([0]);
  });

  it("recognises a repeat that comes out of order, as long as it remembers", () => {
    expect(run([at(1), at(2), at(3), at(1), at(2)], { last: 3 })).toEqual([0, 1, 2]);
    expect(run([at(1), at(2), at(3), at(1)], { last: 2 })).toEqual([0, 1, 2, 3]);
  });

  it("lets each of any readings through once", () => {
    const reading = fc.record({
      second: fc.nat(5),
      roughness: fc.oneof(fc.nat(3), fc.constant(null)),
      key: fc.constantFrom("a", "b"),
    });
    fc.assert(
      fc.property(fc.array(reading, { maxLength: 60 }), (readings) => {
        const elements = readings.map(({ second, roughness, key }) => at(second, { roughness }, key));
        expect(run(elements)).toHaveLength(
          new Set(readings.map((it) => JSON.stringify([it.key, it.second, it.roughness]))).size,
        );
      }),
    );
  });

  it("forgets whole printers before it fills the memory", () => {
    const operator = open({ last: 100_000 });
    feed(
      operator,
      Array.from({ length: 150 }, (_, i) => at(1, {}, `printer_${i}`)),
    );
    expect(operator.keys!()).toBeLessThanOrEqual(100);
  });

  it("takes old state with another number to remember, and not with other fields", async () => {
    const [before, fewer, more] = [open({ last: 4 }), open({ last: 2 }), open({ last: 8 })];
    feed(before, [1, 2, 3, 4, 5].map((second) => at(second))); // prettier-ignore
    for (const after of [fewer, more]) await restoreState(after, cutState(before)());
    const passing = (operator: typeof before) =>
      feed(operator, [5, 4, 3, 2, 1].map((second) => at(second))).main.map(({ eventTime }) => eventTime / 1000); // prettier-ignore
    expect(passing(fewer)).toEqual([3, 2, 1]);
    expect(passing(more)).toEqual([1]);

    const of = (options: object) => dedupe.stateOf!(dedupe.options.parse(options));
    expect(of({ last: 2, fields: ["b", "a"] })).toEqual(of({ fields: ["a", "b"] }));
    expect(of({ fields: ["a"] })).not.toEqual(of({}));
    expect(of({ fields: [] })).not.toEqual(of({}));
  });

  it("refuses to remember nothing", () => expect(dedupe.options.safeParse({ last: 0 }).success).toBe(false));
});

describe("fingerprint", () => {
  it("tells readings apart", () => {
    const fingerprint = fingerprinter();
    const prints = new Set<number>();
    for (let a = 0; a < 200; a++)
      for (let b = 0; b < 100; b++) prints.add(fingerprint({ a: a / 10, b, state: `s${b % 7}` }));
    // 20,000 of 2^32: 0.05 chance matches are to be expected.
    expect(prints.size).toBeGreaterThan(19_995);
  });
});
