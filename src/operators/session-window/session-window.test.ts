import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { contextFor } from "../../streams/contract/context.js";
import { operatorContract } from "../../streams/contract/operator.js";
import { feed, plain, RecordMaker } from "../../streams/contract/records.js";
import type { RecordOperator } from "../../streams/component/definition.js";
import type { Element, StreamRecord } from "../../streams/record/record.js";
import type { Late, Reading, Window } from "../../streams/record/values.js";
import { sessionWindow } from "./index.js";

const open = (options: object) =>
  sessionWindow.open(sessionWindow.options.parse(options), contextFor()) as RecordOperator<Reading, Window>;

/**
 * The sessions of a printer that sends a reading a second: a digit is its layer, `x` a reading that names none, `-` no
 * reading, `i` and `g` mark it idle and gone, `p` is a record that went no further. A session is written as its first and
 * last second, and its layer.
 */
function sessions(input: string, options: object): string {
  const records = new RecordMaker();
  const causes = { i: "idle", g: "gone", p: "passed" } as const;
  const elements = Array.from(input).flatMap((sign, second): Element<Reading>[] => {
    if (sign === "-") return [];
    if (sign in causes) return [records.mark("p", second, causes[sign as keyof typeof causes])];
    return [records.at<Reading>("p", second, { a: second, ...(sign !== "x" && { layer: Number(sign) }) })];
  });
  return describeWindows(feed(open(options), elements).main);
}

function describeWindows(records: readonly StreamRecord[]): string {
  return (records as readonly StreamRecord<Window>[])
    .map(({ value: { start, end, by } }) => `${start / 1000}-${(end - 1) / 1000}${by ? `:${String(by.value)}` : ""}`)
    .join(" ");
}

const readings = fc.array(
  fc.record({
    time: fc.integer({ min: 0, max: 100 }),
    layer: fc.option(fc.integer({ min: 1, max: 3 })),
    delay: fc.double({ min: 0, max: 4, noNaN: true }),
  }),
  { maxLength: 60 },
);
const options = fc.constantFrom(
  { gap: "3s" },
  { by: "layer" },
  { by: "layer", gap: "2s" },
  { gap: "5s", max_duration: "7s" },
  { by: "layer", records: 31 },
);

describe("operator: session-window", () => {
  const records = new RecordMaker();
  describe.each([
    { gap: "3s", lateness: "2s" },
    { by: "layer", lateness: "2s" },
    { by: "layer", gap: "4s", max_duration: "5s" },
    { by: "layer", late: "amend", amend_for: "20s" },
  ])("%j", (options) =>
    operatorContract({
      definition: sessionWindow,
      options,
      elements: Array.from({ length: 40 }, (_, i) => [
        records.at("printer_1", i - 2 * (i % 3), { roughness: i / 7, layer: Math.floor(i / 6) }),
        records.at("printer_2", i + 5 * Math.floor(i / 9), { roughness: -i / 3, ...(i % 4 > 0 && { layer: 1 }) }),
        records.mark("printer_2", i, i === 30 ? "idle" : "passed"),
      ]).flat(),
    }),
  );

  it.each([
    ["xxx---xx", "0-2 6-7", { gap: "3s" }],
    ["xxx--xx", "0-6", { gap: "4s" }],
    ["xx-x", "0-0 1-1 3-3", { gap: "1s" }],
    ["112223", "0-1:1 2-4:2 5-5:3", { by: "layer" }],
    ["x1x2x1", "0-2:1 3-4:2 5-5:1", { by: "layer" }],
    ["xxx", "0-2:null", { by: "layer" }],
    ["11---122", "0-1:1 5-5:1 6-7:2", { by: "layer", gap: "3s" }],
    ["xxxxxxx", "0-2 3-5 6-6", { gap: "1m", max_duration: "3s" }],
    ["111111", "0-1:1 2-3:1 4-5:1", { by: "layer", records: 2 }],
    ["xxixx", "0-1 3-4", { gap: "1m" }],
    ["11g11", "0-1:1 3-4:1", { by: "layer" }],
    ["xx---px", "0-1 6-6", { gap: "3s" }],
    ["", "", { gap: "1s" }],
    ["x", "0-0", { gap: "1s" }],
  ])("of %s are %s with %j", (input, expected, options) => expect(sessions(input, options)).toBe(expected));

  it("end as soon as the watermark says so, and no sooner", () => {
    const made = new RecordMaker();
    const operator = open({ gap: "3s", lateness: "2s" });
    const give = (second: number) => describeWindows(feed(operator, [made.at("p", second, {})], { flush: false }).main);
    expect([0, 1, 5, 5.9].map(give)).toEqual(["", "", "", ""]);
    expect(give(6)).toBe("0-1");
    expect(give(20)).toBe("5-6");
  });

  it("have the time and place of their newest record", () => {
    const made = new RecordMaker();
    const [a, c, b] = [0, 2, 1].map((second) => made.at("p", second, { a: second, state: "printing" }));
    const [window] = feed(open({ by: "state", lateness: "5s" }), [a!, c!, b!]).main as StreamRecord<Window>[];
    expect(window).toMatchObject({ key: "p", eventTime: 2000, position: c!.position });
    expect(window!.value).toMatchObject({ start: 0, end: 2001, count: 3, from: a!.position, to: c!.position });
    expect(window!.value.by).toEqual({ field: "state", value: "printing" });
    expect([...window!.value.samples!.columns[0]!]).toEqual([0, 1, 2]);
  });

  it("take a record behind the watermark where it falls into the open one, and put aside others", () => {
    const made = new RecordMaker();
    const at = (second: number, layer: number) => made.at("p", second, { layer });
    const { main, sides } = feed(open({ by: "layer" }), [at(0, 1), at(3, 1), at(5, 2), at(9, 2), at(7, 2), at(7.5, 3), at(1, 1)]); // prettier-ignore
    expect(describeWindows(main)).toBe("0-3:1 5-9:2");
    expect((main as StreamRecord<Window>[]).map(({ value }) => value.count)).toEqual([2, 3]);
    expect(sides.map(({ record }) => record.value as Late)).toMatchObject([
      { lateBy: 1500, window: { start: 7500, end: 7501 } },
      { lateBy: 8000, window: { start: 0, end: 3001 } },
    ]);
  });

  it("amend what was given out where its bounds stay as they are", () => {
    const made = new RecordMaker();
    const at = (second: number, a: number, layer = 1) => made.at("p", second, { a, layer });
    const operator = open({ by: "layer", late: "amend", amend_for: "10s" });
    const give = (record: StreamRecord<Reading>) => {
      const { main, sides } = feed(operator, [record], { flush: false });
      const windows = (main as StreamRecord<Window>[]).map(({ eventTime, value: { count, revision, samples } }) => [
        eventTime / 1000,
        count,
        revision,
        ...samples!.columns[0]!,
      ]);
      return sides.length > 0 ? "late" : windows;
    };
    expect([at(0, 10), at(4, 14)].map(give)).toEqual([[], []]);
    expect(give(at(5, 20, 2))).toEqual([[4, 2, 0, 10, 14]]);
    expect(give(at(2, 12))).toEqual([[4, 3, 1, 10, 12, 14]]);
    expect(give(at(1, 11))).toEqual([[4, 4, 2, 10, 11, 12, 14]]);
    expect([at(3, 99, 7), at(-1, 9), at(4, 14)].map(give)).toEqual(["late", "late", "late"]);
    expect(give(at(13.9, 21, 3))).toEqual([[5, 1, 0, 20]]);
    expect(give(at(3, 13))).toEqual([[4, 5, 3, 10, 11, 12, 13, 14]]);
    expect(give(at(14, 22, 3))).toEqual([]);
    expect(give(at(3.5, 13.5))).toBe("late");
  });

  it("are the same when records come out of order within the lateness, and are what the book says", () => {
    fc.assert(
      fc.property(readings, options, (list, given) => {
        const { sorted, shuffled } = arrange(list);
        const run = (order: typeof sorted) => feed(open({ ...given, lateness: "4s" }), order);
        const inOrder = run(sorted);
        expect(plain(run(shuffled))).toEqual(plain(inOrder));
        expect([inOrder.sides, inOrder.poison]).toEqual([[], []]);
        const times = (inOrder.main as StreamRecord<Window>[]).map(({ value }) => [...value.samples!.times]);
        expect(times).toEqual(byTheBook(sorted, sessionWindow.options.parse(given)));
      }),
      { numRuns: 300 },
    );
  });

  it("with amend are in the end what they are in order, but for what went aside", () => {
    fc.assert(
      fc.property(readings, options, fc.constantFrom("1s", "1m"), (list, given, amend_for) => {
        const { sorted, shuffled } = arrange(list);
        const { main, sides } = feed(open({ ...given, late: "amend", amend_for }), shuffled);
        const aside = new Set(sides.map(({ record }) => (record.value as Late).record));
        const inOrder = feed(
          open(given),
          sorted.filter((record) => !aside.has(record)),
        );
        expect(plain(lastRevisions(main))).toEqual(plain(inOrder.main));
      }),
      { numRuns: 300 },
    );
  });

  it("hold so many records and no more where the clock stands still", () => {
    const made = new RecordMaker();
    const elements = Array.from({ length: 9 }, () => made.at("p", 1, { a: 1 }));
    const { main, poison } = feed(open({ gap: "1s", lateness: "1s", records: 3 }), elements);
    expect((main as StreamRecord<Window>[]).map(({ value }) => value.count)).toEqual([3, 3]);
    expect(poison).toHaveLength(3);
    expect((poison[0]!.cause as Error).message).toContain('6 records of "p" wait in its open session');
  });

  it.each([
    [{}, "say where a session ends"],
    [{ gap: "0s" }, "write a duration above zero"],
    [{ by: "the layer" }, "write a field name"],
  ])("refuses %j", (options, message) =>
    expect(sessionWindow.options.safeParse(options).error!.issues[0]!.message).toContain(message),
  );
});

type Arrivals = ReturnType<(typeof readings)["generate"]>["value"];

/** The records of one printer in order, and as they arrive. */
function arrange(list: Arrivals): { sorted: StreamRecord<Reading>[]; shuffled: StreamRecord<Reading>[] } {
  const made = new RecordMaker();
  const sorted = list
    .map((one, i) => ({ ...one, time: one.time / 2 + i / 1e3 }))
    .sort((a, b) => a.time - b.time)
    .map(({ time, layer, delay }) => ({ arrives: time + delay, record: made.at("p", time, { layer, a: time }) }));
  const shuffled = [...sorted].sort((a, b) => a.arrives - b.arrives);
  return { sorted: sorted.map(({ record }) => record), shuffled: shuffled.map(({ record }) => record) };
}

/** The last window of each time, by time, as if it were the first. Its revisions must count up from 0. */
function lastRevisions(records: readonly StreamRecord[]): StreamRecord<Window>[] {
  const last = new Map<number, StreamRecord<Window>>();
  for (const record of records as readonly StreamRecord<Window>[]) {
    expect(record.value.revision).toBe((last.get(record.eventTime)?.value.revision ?? -1) + 1);
    last.set(record.eventTime, record);
  }
  return [...last.values()]
    .sort((a, b) => a.eventTime - b.eventTime)
    .map((record) => ({ ...record, value: { ...record.value, revision: 0 } }));
}

/** The times of the records of each session, in seconds as they were made. */
function byTheBook(
  sorted: readonly StreamRecord<Reading>[],
  { gap = Infinity, by, max_duration: longest, records: most }: ReturnType<typeof sessionWindow.options.parse>,
): number[][] {
  const times: number[][] = [];
  let label: unknown = null;
  for (const { eventTime, value } of sorted) {
    const session = times.at(-1);
    const said = by === undefined ? null : (value[by] ?? null);
    const same =
      session !== undefined &&
      (said === null || label === null || said === label) &&
      eventTime < session.at(-1)! + gap &&
      eventTime < session[0]! + longest &&
      session.length < most;
    if (same) session.push(eventTime);
    else times.push([eventTime]);
    label = said ?? label;
  }
  return times;
}
