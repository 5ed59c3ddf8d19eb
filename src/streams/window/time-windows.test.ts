import { describe, expect, it } from "@jest/globals";
import { feed, RecordMaker } from "../contract/records.js";
import type { StreamRecord } from "../record/record.js";
import type { Late, Reading, Window } from "../record/values.js";
import { Rows } from "./rows.js";
import { Sums } from "./sums.js";
import { TimeWindows, type TimeWindowOptions } from "./time-windows.js";

const TEN = { size: 10_000, every: 10_000, lateness: 0, amend: 0, keys: 1000, records: 1000 };
const open = (options: Partial<TimeWindowOptions> = {}, fields: readonly string[] = ["a"]) =>
  new TimeWindows({ ...TEN, ...options }, { demand: { fields, samples: false } });
const windowsOf = (records: readonly StreamRecord[]) => records as readonly StreamRecord<Window>[];
const spansOf = (records: readonly StreamRecord[]) =>
  windowsOf(records).map(({ key, value: { start, end, count } }) =>
    [key, `${start / 1000}-${end / 1000}`, count].join(" "),
  );

describe("windows of event time", () => {
  it("have their end as event time, and the place of their newest reading", () => {
    const records = new RecordMaker();
    const [a, b, c] = [records.at("p", 1, { a: 1 }), records.at("p", 4, { a: 3 }), records.at("p", 10, { a: 9 })];
    const [window] = feed(open(), [a, b, c]).main;
    expect(window).toMatchObject({ key: "p", eventTime: 10_000, position: b.position });
    expect(window!.value).toMatchObject({ kind: "window", start: 0, end: 10_000, count: 2, revision: 0 });
    expect(window!.value).toMatchObject({ from: a.position, to: b.position, fields: ["a"] });
    expect(window!.value).not.toHaveProperty("samples");
  });

  it("close for each key by its own clock", () => {
    const records = new RecordMaker();
    const elements = [
      records.at("p", 1, { a: 1 }),
      records.at("q", 100_001, { a: 1 }),
      records.at("p", 2, { a: 1 }),
      records.at("q", 100_011, { a: 1 }),
      records.at("p", 11, { a: 1 }),
    ];
    expect(spansOf(feed(open(), elements, { flush: false }).main)).toEqual(["q 100000-100010 1", "p 0-10 2"]);
  });

  it("say of a late record how late it is and which window it missed", () => {
    const records = new RecordMaker();
    const late = records.at("p", 8, { a: 1 });
    const { main, sides } = feed(open({ lateness: 2000 }), [
      records.at("p", 1, { a: 1 }),
      records.at("p", 11.9, { a: 1 }),
      records.at("p", 9.5, { a: 1 }),
      records.at("p", 12, { a: 1 }),
      late,
    ]);
    expect(spansOf(main)).toEqual(["p 0-10 2", "p 10-20 2"]);
    const value: Late = { kind: "late", record: late, lateBy: 2000, window: { start: 0, end: 10_000 } };
    expect(sides).toEqual([{ name: "late", record: { ...late, value } }]);
  });

  it("take a record behind the watermark into those of its windows that are still open", () => {
    const records = new RecordMaker();
    const { main, sides } = feed(open({ size: 4000, every: 2000 }), [
      records.at("p", 1, { a: 1 }),
      records.at("p", 2, { a: 1 }), // closes up to 2
      records.at("p", 1.5, { a: 1 }),
      records.at("p", 4, { a: 1 }),
      records.at("p", 1.7, { a: 1 }),
    ]);
    expect(spansOf(main)).toEqual(["p -2-2 1", "p 0-4 3", "p 2-6 2"]);
    expect(sides).toHaveLength(1);
  });

  describe("with amend", () => {
    const given = (main: readonly StreamRecord[]) =>
      windowsOf(main).map(({ value: { end, count, revision } }) => `${end / 1000}: ${count}, ${revision}`);

    it("are given out anew with each late record, until they are let go", () => {
      const records = new RecordMaker();
      const seconds = [1, 11, 9, 8, 29.9, 7, 30, 6, 15];
      const { main, sides } = feed(open({ amend: 20_000 }), seconds.map((second) => records.at("p", second, { a: 1 }))); // prettier-ignore
      expect(given(main)).toEqual(["10: 1, 0", "10: 2, 1", "10: 3, 2", "20: 1, 0", "10: 4, 3", "30: 1, 0", "20: 2, 1", "40: 1, 0"]); // prettier-ignore
      expect(sides.map(({ record }) => record.value as Late)).toMatchObject([
        { lateBy: 24_000, window: { end: 10_000 } },
      ]);
    });

    it("are given out for the first time where they were empty", () => {
      const records = new RecordMaker();
      const elements = [1, 25, 15, 16].map((second) => records.at("p", second, { a: 1 }));
      expect(given(feed(open({ amend: 60_000 }), elements).main)).toEqual(["10: 1, 0", "20: 1, 0", "20: 2, 1", "30: 1, 0"]); // prettier-ignore
    });

    it("are given out for the first time where they did not reach far enough", () => {
      const records = new RecordMaker();
      const elements = [5, 6, 11, 5.5, 1, 2].map((second) => records.at("p", second, { a: 1 }));
      expect(given(feed(open({ amend: 60_000, filled: 0.5 }), elements).main)).toEqual(["10: 4, 0", "10: 5, 1"]);
    });

    it("make way for open ones where there is no more room", () => {
      const records = new RecordMaker();
      const elements = [1, 2, 11, 12, 13, 3].map((second) => records.at("p", second, { a: 1 }));
      const { main, sides, poison } = feed(open({ amend: 60_000, records: 4 }), elements);
      expect([given(main), poison]).toEqual([["10: 2, 0", "20: 3, 0"], []]);
      expect(sides).toHaveLength(1);
    });

    it("are let go with a key that is idle", () => {
      const records = new RecordMaker();
      const elements = [records.at("p", 1, { a: 1 }), records.mark("p", 1), records.at("p", 2, { a: 1 })];
      const { main, sides } = feed(open({ amend: 60_000 }), elements);
      expect([given(main), sides.length]).toEqual([["10: 1, 0"], 1]);
    });
  });

  it.each(["idle", "gone"] as const)("close up to the next edge when the key is %s", (cause) => {
    const records = new RecordMaker();
    const windows = open({ size: 4000, every: 1000, lateness: 3000 });
    const elements = [records.at("p", 1, { a: 1 }), records.at("q", 1, { a: 1 }), records.at("p", 2.5, { a: 1 })];
    const { main } = feed(windows, [...elements, records.mark("p", 2.5, cause)], { flush: false });
    expect(spansOf(main)).toEqual(["p -2-2 1", "p -1-3 2"]);
    expect([main[0]!.eventTime, windows.keys()]).toEqual([2000, 1]);
    expect(feed(windows, [records.mark("p", 2.5, cause), records.mark("unknown", 9, cause)], { flush: false }).main) //
      .toEqual([]);
  });

  it("start anew for a key that comes back, and take what is older as late", () => {
    const records = new RecordMaker();
    const windows = open({ size: 4000, every: 1000 });
    const elements = [
      records.at("p", 2.5, { a: 1 }),
      records.mark("p", 2.5, "idle"),
      records.at("p", 2.6, { a: 1 }),
      records.at("p", 3.5, { a: 1 }),
    ];
    const { main, sides } = feed(windows, elements);
    expect(spansOf(main)).toEqual(["p -1-3 1", "p 0-4 1"]);
    expect(sides.map(({ record }) => record.value)).toMatchObject([
      { lateBy: 400, window: { start: -1000, end: 3000 } },
    ]);
  });

  it("move on by the time of records that went no further", () => {
    const records = new RecordMaker();
    const elements = [
      records.at("p", 1, { a: 1 }),
      records.mark("p", 10, "passed"),
      records.mark("q", 50, "passed"),
      records.at("q", 45, { a: 1 }),
      records.at("q", 55, { a: 1 }),
      { ...records.mark("q", 0, "passed"), eventTime: Infinity },
    ];
    const { main, sides } = feed(open(), elements, { flush: false });
    expect(spansOf(main)).toEqual(["p 0-10 1"]);
    expect(sides.map(({ record }) => record.eventTime)).toEqual([45_000]);
  });

  it("lose nothing at the end of the input", () => {
    const records = new RecordMaker();
    const elements = ["p", "q"].map((key, i) => records.at(key, 3 + i, { a: 1 }));
    expect(spansOf(feed(open({ lateness: 60_000 }), elements).main)).toEqual(["p 0-10 1", "q 0-10 1"]);
    expect(feed(open(), []).main).toEqual([]);
  });

  it("leap over centuries without a record", () => {
    const records = new RecordMaker();
    const elements = [-62e9, 1, 100e9, 8.64e12].map((second) => records.at("p", second, { a: 1 }));
    const { main, sides } = feed(open({ size: 20, every: 10 }), [...elements, records.at("p", 2, { a: 1 })]);
    expect(main).toHaveLength(2 * 3 + 1);
    expect(sides).toHaveLength(1);
  });

  it.each([NaN, Infinity, -Infinity, 8.65e15])("make a dead letter of a record at the time %d", (eventTime) => {
    const records = new RecordMaker();
    const wrong = { ...records.at("p", 0, { a: 1 }), eventTime };
    const { main, poison } = feed(open(), [records.at("p", 1, { a: 1 }), wrong, records.at("p", 2, { a: 1 })]);
    expect(spansOf(main)).toEqual(["p 0-10 2"]);
    expect(poison).toHaveLength(1);
    expect(String(poison[0]!.cause)).toContain("is no date; send ms since the epoch");
  });

  it("hold no more records than they may when a clock stands still", () => {
    const records = new RecordMaker();
    const elements = Array.from({ length: 12 }, () => records.at("p", 1, { a: 1 }));
    const others = [records.at("q", 1, { a: 1 }), records.at("p", 11, { a: 1 })];
    const { main, poison } = feed(open({ records: 10 }), [...elements, ...others]);
    expect(spansOf(main)).toEqual(["p 0-10 10", "p 10-20 1", "q 0-10 1"]);
    expect(poison.map(({ cause }) => (cause as Error).message)).toEqual(
      Array(2).fill(expect.stringMatching(/"p" hold 10 records, .* clock stands still, or raise `records`/)),
    );
  });

  it("keep the windows of so many keys, and let those of the longest silent ones go", () => {
    const records = new RecordMaker();
    const windows = open({ keys: 8 });
    const elements = Array.from({ length: 100 }, (_, i) => records.at(`made-up-${i}`, i, { a: 1 }));
    feed(windows, elements, { flush: false });
    expect(windows.keys()).toBeLessThanOrEqual(8);
  });

  it("tell which key holds time back", () => {
    const records = new RecordMaker();
    const windows = open({ lateness: 1000 });
    expect(windows.watermark()).toBeUndefined();
    feed(windows, [records.at("p", 20, {}), records.at("q", 5, {}), records.at("p", 4, {})], { flush: false });
    expect(windows.watermark()).toEqual({ time: 4000, heldBy: "q" });
    feed(windows, [records.mark("q", 5, "gone")], { flush: false });
    expect(windows.watermark()).toEqual({ time: 19_000, heldBy: "p" });
  });

  it("name the fields that were asked for once each, or else those that were measured", () => {
    const records = new RecordMaker();
    const elements: StreamRecord<Reading>[] = [
      records.at("p", 1, { z: 1, a: null, text: "x" }),
      records.at("q", 1, { other: 1 }),
      records.at("p", 2, { b: 2 }),
      records.at("p", 11, { a: 3 }),
    ];
    const fieldsOf = (windows: TimeWindows) =>
      windowsOf(feed(windows, elements).main)
        .filter(({ key }) => key === "p")
        .map(({ value }) => value.fields); // prettier-ignore
    expect(fieldsOf(open({}, ["b", "a", "b"]))).toEqual([["b", "a"], ["b", "a"]]); // prettier-ignore
    const all = new TimeWindows(TEN, { demand: { fields: "all", samples: false } });
    expect(fieldsOf(all)).toEqual([["b", "z"], ["a"]]);
  });

  it("share one array of names between the windows of all keys", () => {
    const records = new RecordMaker();
    const main = windowsOf(feed(open(), [records.at("p", 1, { a: 1 }), records.at("q", 1, { a: 1 })]).main);
    expect(main[0]!.value.fields).toBe(main[1]!.value.fields);
  });
});

describe("memory of a printer", () => {
  it("is little: 30 s of four fields at 0.2 readings a second", () => {
    const records = new RecordMaker();
    const rows = new Rows(["a", "b", "c", "d"]);
    const sums = new Sums();
    for (let i = 0; i < 1000; i++) {
      rows.append(records.at("p", i * 5, { a: i, b: i, c: i, d: i }));
      rows.drop(rows.end - 7);
      sums.of(rows, { from: rows.first, middle: rows.first, to: rows.end, base: 0 });
    }
    expect(rows.bytes + sums.bytes).toBeLessThan(1000);
  });
});
