import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { contextFor } from "../../streams/contract/context.js";
import { operatorContract } from "../../streams/contract/operator.js";
import { feed, RecordMaker } from "../../streams/contract/records.js";
import type { RecordOperator } from "../../streams/component/definition.js";
import type { Batch, StreamRecord } from "../../streams/record/record.js";
import { COUNT, MEAN } from "../../streams/record/summary.js";
import type { Window } from "../../streams/record/values.js";
import { countWindow } from "./index.js";

const windowsOf = (elements: Batch, options: object): StreamRecord<Window>[] => {
  const operator = countWindow.open(countWindow.options.parse(options), contextFor()) as RecordOperator<
    unknown,
    Window
  >;
  const { main, sides, poison } = feed(operator, elements);
  expect([sides, poison]).toEqual([[], []]);
  return main as StreamRecord<Window>[];
};
const samplesOf = ({ value }: StreamRecord<Window>) => [...value.samples!.columns[0]!];
const numbered = (count: number, key = "p") => {
  const records = new RecordMaker();
  return Array.from({ length: count }, (_, n) => records.at(key, n, { n }));
};

describe("operator: count-window", () => {
  const records = new RecordMaker();
  operatorContract({
    definition: countWindow,
    options: { count: 40, every: 5 },
    elements: Array.from({ length: 120 }, (_, n) => [
      records.at("printer_1", n / 7, { roughness: n / 3 }),
      records.at("printer_2", 100 - n, { roughness: n % 7, ...(n % 4 === 0 && { layer: n }) }),
      records.mark("printer_2", n, n === 71 ? "gone" : "passed"),
    ]).flat(),
  });

  it.each([
    [7, { count: 3 }, [[0, 1, 2], [3, 4, 5], [6]]],
    [
      6,
      { count: 3 },
      [
        [0, 1, 2],
        [3, 4, 5],
      ],
    ],
    [2, { count: 3 }, [[0, 1]]],
    [0, { count: 3 }, []],
    [3, { count: 1 }, [[0], [1], [2]]],
    [
      5,
      { count: 3, every: 1 },
      [
        [0, 1, 2],
        [1, 2, 3],
        [2, 3, 4],
      ],
    ],
    [
      6,
      { count: 3, every: 2 },
      [
        [0, 1, 2],
        [2, 3, 4],
        [4, 5],
      ],
    ],
  ])("makes of %d records with %j %j", (count, options, expected) =>
    // prettier-ignore
    expect(windowsOf(numbered(count), options).map(samplesOf)).toEqual(expected),
  );

  it("goes by arrival, and names the times and places that it saw", () => {
    const made = new RecordMaker();
    const elements = [5, 3, 4].map((second) => made.at("p", second, { n: second }));
    const [window] = windowsOf(elements, { count: 3 });
    expect(window).toMatchObject({ key: "p", eventTime: 5000, position: elements[2]!.position });
    expect(window!.value).toMatchObject({ start: 3000, end: 5001, count: 3, revision: 0 });
    expect(window!.value).toMatchObject({ from: elements[0]!.position, to: elements[2]!.position });
    expect([...window!.value.samples!.times]).toEqual([5000, 3000, 4000]);
  });

  it("closes early for a key that is idle, and starts anew", () => {
    const made = new RecordMaker();
    const elements = [
      made.at("p", 1, { n: 1 }),
      made.at("q", 1, { n: 9 }),
      made.mark("p", 1, "passed"),
      made.mark("p", 1, "idle"),
      made.mark("p", 1, "idle"),
      made.at("p", 2, { n: 2 }),
      made.at("p", 3, { n: 3 }),
    ];
    expect(windowsOf(elements, { count: 2 }).map((window) => [window.key, ...samplesOf(window)])).toEqual([
      ["p", 1],
      ["p", 2, 3],
      ["q", 9],
    ]);
  });

  it("sums what it holds, however its windows overlap", () => {
    const settings = fc
      .record({ count: fc.integer({ min: 1, max: 70 }), share: fc.double({ min: 0, max: 1, noNaN: true }) })
      .map(({ count, share }) => ({ count, every: Math.max(1, Math.round(count * share)) }));
    fc.assert(
      fc.property(settings, fc.integer({ min: 0, max: 200 }), (options, length) => {
        const seen = new Set<number>();
        for (const window of windowsOf(numbered(length), options)) {
          const samples = samplesOf(window);
          for (const n of samples) seen.add(n);
          expect(window.value.summaries[COUNT]).toBe(samples.length);
          expect(window.value.summaries[MEAN]).toBeCloseTo(samples.reduce((sum, n) => sum + n, 0) / samples.length, 9);
        }
        expect(seen.size).toBe(length);
      }),
    );
  });

  it.each([
    [{}, "count"],
    [{ count: 0 }, "count"],
    [{ count: 1_000_000 }, "count"],
    [{ count: 5, every: 6 }, "every"],
    [{ count: 5, every: 0 }, "every"],
  ])("refuses %j", (options, path) =>
    expect(countWindow.options.safeParse(options).error!.issues[0]!.path).toEqual([path]),
  );

  it("makes a dead letter of a record without a time", () => {
    const operator = countWindow.open(countWindow.options.parse({ count: 2 }), contextFor()) as RecordOperator<
      any,
      any
    >;
    const [first, second] = numbered(2);
    const { main, poison } = feed(operator, [first!, { ...first!, eventTime: NaN }, second!]);
    expect([main.length, poison.length]).toEqual([1, 1]);
  });
});
