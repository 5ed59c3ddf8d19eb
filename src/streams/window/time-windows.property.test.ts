import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { cutState, restoreState } from "../contract/state.js";
import { feed, plain, RecordMaker } from "../contract/records.js";
import type { Element, StreamRecord } from "../record/record.js";
import type { Late, Reading, Window } from "../record/values.js";
import { statistic } from "./statistics.js";
import { TimeWindows } from "./time-windows.js";

const ALL = { fields: "all", samples: true } as const;

interface Arrival {
  readonly key: string;
  /** s */
  readonly time: number;
  readonly a: number | null;
}

interface Shape {
  readonly size: number;
  readonly every: number;
  readonly lateness: number;
}

const shape = fc
  .record({
    every: fc.constantFrom(500, 1000, 3000),
    steps: fc.integer({ min: 1, max: 8 }),
    lateness: fc.constantFrom(0, 700, 4000),
  })
  .map(({ every, steps, lateness }) => ({ every, size: every * steps, lateness }));

const arrivals = fc.array(
  fc.record({
    key: fc.constantFrom("printer_1", "printer_2"),
    time: fc.oneof({ arbitrary: fc.integer({ min: 0, max: 300 }), weight: 20 }, fc.constant(1e6)).map((n) => n / 10),
    a: fc.option(fc.integer({ min: -100, max: 100 })),
  }),
  { maxLength: 80 },
);

const open = ({ size, every, lateness, amend = 0 }: Shape & { readonly amend?: number }) =>
  new TimeWindows({ size, every, lateness, amend, keys: 1000, records: 1000 }, { demand: ALL });

function recordsOf(list: readonly Arrival[]): StreamRecord<Reading>[] {
  const records = new RecordMaker();
  return list.map(({ key, time, a }) => records.at(key, time, { a }));
}

/** The same by the book: of every window that could be, the records that came before the watermark reached its end. */
function byTheBook(records: readonly StreamRecord[], { size, every, lateness }: Shape) {
  const windows: { key: string; end: number; records: StreamRecord[] }[] = [];
  const late: StreamRecord[] = [];
  for (const key of new Set(records.map((record) => record.key))) {
    const own = records.filter((record) => record.key === key);
    const watermarks: number[] = [];
    for (const { eventTime } of own) watermarks.push(Math.max(watermarks.at(-1) ?? -Infinity, eventTime - lateness));
    const final = Math.max(
      watermarks.at(-1)!,
      Math.floor(Math.max(...own.map((record) => record.eventTime)) / every) * every + every,
    );
    const ends = new Set(
      own.flatMap(({ eventTime }) =>
        Array.from({ length: size / every }, (_, i) => Math.floor(eventTime / every) * every + (i + 1) * every),
      ),
    );
    const inTime = (i: number, end: number) => i === 0 || watermarks[i - 1]! < end;
    for (const end of [...ends].sort((a, b) => a - b)) {
      if (end > final) continue;
      const inside = own.filter(
        ({ eventTime }, i) => eventTime < end && eventTime >= end - size && inTime(i, end), //
      );
      inside.sort((a, b) => a.eventTime - b.eventTime);
      if (inside.length > 0) windows.push({ key, end, records: inside });
    }
    late.push(...own.filter(({ eventTime }, i) => !inTime(i, Math.floor(eventTime / every) * every + size)));
  }
  return { windows, late };
}

describe("windows of event time, by the book", () => {
  it("hold what they should, and what is late goes aside", () => {
    fc.assert(
      fc.property(arrivals, shape, (list, spans) => {
        const records = recordsOf(list);
        const { main, sides, poison } = feed(open(spans), records);
        const { windows, late } = byTheBook(records, spans);
        expect(poison).toEqual([]);
        const ordered = (of: readonly StreamRecord[]) =>
          [...of].sort((a, b) => (a.key < b.key ? -1 : +(a.key > b.key)));
        expect(ordered(main).map(({ key, eventTime }) => [key, eventTime])).toEqual(
          windows.sort((a, b) => (a.key < b.key ? -1 : +(a.key > b.key))).map(({ key, end }) => [key, end]),
        );
        ordered(main).forEach((record, i) => expectWindow(record as StreamRecord<Window>, windows[i]!.records, spans));
        expect(ordered(sides.map(({ record }) => (record.value as Late).record))).toEqual(ordered(late));
      }),
      { numRuns: 300 },
    );
  });

  it("are the same to the last digit when records come out of order within the lateness", () => {
    const displaced = fc.array(fc.tuple(fc.integer({ min: 0, max: 40 }), fc.double({ min: 0, max: 4, noNaN: true })), {
      minLength: 1,
      maxLength: 80,
    });
    fc.assert(
      fc.property(displaced, shape, (list, spans) => {
        const records = new RecordMaker();
        const sorted = list
          .map(([time, delay], i) => ({ time: time / 2 + i / 1e4, delay }))
          .sort((x, y) => x.time - y.time)
          .map(({ time, delay }, i) => ({
            arrives: time + delay,
            record: records.at("p", time, { a: i ** 2, b: -i }),
          }));
        const shuffled = [...sorted].sort((x, y) => x.arrives - y.arrives);
        const run = (order: typeof sorted) =>
          plain(feed(open({ ...spans, lateness: 4000 }), order.map(({ record }) => record))); // prettier-ignore
        expect(run(shuffled)).toEqual(run(sorted));
      }),
      { numRuns: 200 },
    );
  });

  it("with amend are in the end what they are in order, to the last digit", () => {
    const delayed = fc.array(
      fc.record({
        key: fc.constantFrom("printer_1", "printer_2"),
        time: fc.integer({ min: 0, max: 40 }),
        delay: fc.double({ min: 0, max: 9, noNaN: true }),
      }),
      { minLength: 1, maxLength: 80 },
    );
    fc.assert(
      fc.property(delayed, shape, (list, spans) => {
        const records = new RecordMaker();
        const sorted = list
          .map((one, i) => ({ ...one, time: one.time / 2 + i / 1e4 }))
          .sort((x, y) => x.time - y.time)
          .map(({ key, time, delay }, i) => ({ arrives: time + delay, record: records.at(key, time, { a: i ** 2 }) }));
        const shuffled = [...sorted].sort((x, y) => x.arrives - y.arrives);
        const amended = feed(open({ ...spans, amend: 9000 }), shuffled.map(({ record }) => record)); // prettier-ignore
        const inOrder = feed(open({ ...spans, amend: 0 }), sorted.map(({ record }) => record)); // prettier-ignore
        expect(amended.sides).toEqual([]);
        expect(plain(lastRevisions(amended.main))).toEqual(plain(lastRevisions(inOrder.main)));
        expect(inOrder.main).toHaveLength(lastRevisions(amended.main).length);
      }),
      { numRuns: 300 },
    );
  });

  it("hold every record at least once, whatever marks come in between", () => {
    const marks = fc.array(fc.tuple(fc.nat(80), fc.constantFrom("idle", "gone", "passed")), { maxLength: 10 });
    fc.assert(
      fc.property(arrivals, shape, marks, (list, spans, between) => {
        const elements: Element<Reading>[] = recordsOf(list);
        for (const [at, cause] of between)
          if (at < elements.length) elements.splice(at, 0, { ...elements[at]!, value: undefined, cause } as never);
        const { main, sides, poison } = feed(open(spans), elements);
        expect(poison).toEqual([]);
        const seen = new Set(sides.map(({ record }) => placeOf((record.value as Late).record)));
        for (const { key, value } of main as StreamRecord<Window>[])
          for (const time of value.samples!.times) seen.add(`${key}@${time}`);
        for (const { key, eventTime, position, value } of elements)
          if (value !== undefined)
            expect(seen.has(`${key}@${eventTime}`) || seen.has(placeOf({ key, position }))).toBe(true);
        const given = main.map(({ key, eventTime }) => `${key}@${eventTime}`);
        expect(new Set(given).size).toBe(given.length);
      }),
      { numRuns: 200 },
    );
  });

  it("go on from any cut as if nothing had happened", async () => {
    await fc.assert(
      fc.asyncProperty(arrivals, shape, fc.nat(80), fc.constantFrom(0, 10_000), async (list, shaped, cut, amend) => {
        const records = recordsOf(list);
        const spans = { ...shaped, amend };
        const [before, after] = [open(spans), open(spans)];
        const head = feed(before, records.slice(0, cut), { flush: false });
        const pull = cutState(before);
        feed(before, records.slice(cut));
        await restoreState(after, pull());
        const tail = feed(after, records.slice(cut));
        const whole = feed(open(spans), records);
        expect(plain([...head.main, ...tail.main])).toEqual(plain(whole.main));
        expect([...head.sides, ...tail.sides]).toEqual(whole.sides);
      }),
      { numRuns: 200 },
    );
  });
});

function placeOf({ key, position }: Pick<StreamRecord, "key" | "position">): string {
  return `${key}/${position.offset}`;
}

/** The last revision of each window as if it were the first. Revisions must count up from 0. */
function lastRevisions(records: readonly StreamRecord[]): StreamRecord<Window>[] {
  const last = new Map<string, StreamRecord<Window>>();
  for (const record of records as readonly StreamRecord<Window>[]) {
    const window = `${record.key}@${String(record.eventTime).padStart(9, "0")}`;
    expect(record.value.revision).toBe((last.get(window)?.value.revision ?? -1) + 1);
    last.set(window, record);
  }
  return [...last]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, record]) => ({ ...record, value: { ...record.value, revision: 0 } }));
}

function expectWindow({ value, eventTime }: StreamRecord<Window>, inside: StreamRecord[], { size }: Shape): void {
  expect([value.start, value.end, value.count]).toEqual([eventTime - size, eventTime, inside.length]);
  expect([value.from, value.to]).toEqual([inside[0]!.position, inside.at(-1)!.position]);
  expect([...value.samples!.times]).toEqual(inside.map((record) => record.eventTime));
  const samples = inside.flatMap((record) => {
    const { a } = record.value as { a: number | null };
    return a === null ? [] : [{ seconds: record.eventTime / 1000, a }];
  });
  expect(value.fields).toEqual(samples.length > 0 ? ["a"] : []);
  if (samples.length === 0) return;
  const mean = (of: readonly number[]) => of.reduce((sum, x) => sum + x, 0) / of.length;
  const [center, time] = [mean(samples.map(({ a }) => a)), mean(samples.map(({ seconds }) => seconds))];
  const spread = mean(samples.map(({ seconds }) => (seconds - time) ** 2));
  const tilt = mean(samples.map(({ seconds, a }) => (seconds - time) * (a - center)));
  const steps = samples.slice(1).map(({ a }, i) => a - samples[i]!.a);
  const of = (name: Parameters<typeof statistic>[0]) => statistic(name, value.summaries, 0);
  expect(of("count")).toBe(samples.length);
  expect(of("mean")).toBeCloseTo(center, 8);
  expect(of("std")).toBeCloseTo(Math.sqrt(mean(samples.map(({ a }) => (a - center) ** 2))), 8);
  expect([of("min"), of("max")]).toEqual([
    Math.min(...samples.map(({ a }) => a)),
    Math.max(...samples.map(({ a }) => a)),
  ]);
  expect([of("first"), of("last")]).toEqual([samples[0]!.a, samples.at(-1)!.a]);
  expect(of("slope")).toBeCloseTo(spread > 1e-12 ? tilt / spread : 0, 4);
  expect(of("jitter")).toBeCloseTo(steps.length > 0 ? Math.sqrt(mean(steps.map((step) => step ** 2))) : 0, 8);
}
