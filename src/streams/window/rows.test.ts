import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { RecordMaker } from "../contract/records.js";
import type { Reading } from "../record/values.js";
import { MOST_FIELDS, Rows } from "./rows.js";

const records = new RecordMaker();
const numbersOf = (rows: Rows): number[] => Array.from({ length: rows.size }, (_, i) => rows.first + i);
const timesOf = (rows: Rows): number[] => [...rows.times(rows.first, rows.end)];

describe("rows", () => {
  it("are empty at first and take no room", () => {
    const rows = new Rows(["a"]);
    expect([rows.first, rows.end, rows.size, rows.bytes, rows.from(0)]).toEqual([0, 0, 0, 0, 0]);
  });

  it("keep what is a finite number, NaN for all else", () => {
    const rows = new Rows(["a", "b"]);
    const values: Reading[] = [{ a: 1, b: -2.5 }, { a: "1" }, { a: null, b: true }, { a: NaN, b: Infinity }];
    for (const value of values) rows.append(records.at("printer_1", 0, value));
    expect([...rows.values(0, 0, 4)]).toEqual([1, NaN, NaN, NaN]);
    expect([...rows.values(1, 0, 4)]).toEqual([-2.5, NaN, NaN, NaN]);
  });

  it("take features and predictions by the names of their numbers", () => {
    const rows = new Rows("all");
    const evidence = { from: { stream: "s", partition: 0, offset: 0 }, to: { stream: "s", partition: 0, offset: 0 } };
    const model = { name: "m", version: "1" };
    rows.append(
      records.at("p", 0, { kind: "features" as const, names: ["x"], values: new Float64Array([7]), evidence }),
    );
    rows.append(
      records.at("p", 1, { kind: "prediction" as const, fields: { y: 8 }, evidence: { ...evidence, model } }),
    );
    expect(rows.fields).toEqual(["x", "y"]);
    expect([...rows.values(0, 0, 2), ...rows.values(1, 0, 2)]).toEqual([7, NaN, NaN, 8]);
  });

  it("stay as they were when a value cannot be read", () => {
    const rows = new Rows(["a"]);
    rows.append(records.at("p", 0, { a: 1 }));
    expect(() => rows.insert(records.at("p", 1, null as never))).toThrow();
    expect(timesOf(rows)).toEqual([0]);
  });

  it("know the position of each row, of several streams too", () => {
    const others = new RecordMaker("others");
    const given = [records.at("p", 0, {}), others.at("p", 1, {}), records.at("p", 2, {})];
    const rows = new Rows([]);
    for (const record of given) rows.append(record);
    expect(numbersOf(rows).map((row) => rows.position(row))).toEqual(given.map(({ position }) => position));
  });

  it("make columns of the fields that come, but not without end", () => {
    const rows = new Rows("all");
    rows.append(records.at("p", 0, { printer_id: "p", timestamp: 5, a: 1, text: "x", on: true }));
    rows.append(records.at("p", 1, { b: 2 }));
    expect(rows.fields).toEqual(["a", "b"]);
    expect([...rows.values(0, 0, 2), ...rows.values(1, 0, 2)]).toEqual([1, NaN, NaN, 2]);
    for (let i = 0; i < 2 * MOST_FIELDS; i++) rows.append(records.at("p", 2, { [`made_up_${i}`]: i }));
    expect(rows.fields).toHaveLength(MOST_FIELDS);
  });

  it("stay in order of time and of arrival, whatever comes and goes", () => {
    const step = fc.record({ time: fc.integer({ min: 0, max: 20 }), drop: fc.integer({ min: 0, max: 3 }) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const rows = new Rows(["n"]);
        let expected: { time: number; n: number }[] = [];
        steps.forEach(({ time, drop }, n) => {
          const row = rows.insert(records.at("p", time, { n }));
          expected.push({ time: time * 1000, n });
          expected.sort((a, b) => a.time - b.time);
          expect(rows.values(0, row, row + 1)[0]).toBe(n);
          rows.drop(rows.first + drop);
          expected = expected.slice(drop);
        });
        expect(timesOf(rows)).toEqual(expected.map(({ time }) => time));
        expect([...rows.values(0, rows.first, rows.end)]).toEqual(expected.map(({ n }) => n));
        for (const time of [-1, 0, 5000, 5001, 30_000])
          expect(rows.from(time) - rows.first).toBe(expected.filter((row) => row.time < time).length);
      }),
    );
  });

  it("keep the number of a row while others come and go", () => {
    const rows = new Rows(["n"]);
    for (let n = 0; n < 1000; n++) {
      rows.append(records.at("p", n, { n }));
      rows.drop(rows.end - 10);
      expect([...rows.values(0, n, n + 1)]).toEqual([n]);
    }
    expect(rows.bytes).toBeLessThanOrEqual(2 * 10 * 4 * Float64Array.BYTES_PER_ELEMENT);
  });

  it("come back from what was saved", () => {
    const rows = new Rows("all");
    for (let n = 0; n < 20; n++) rows.append(records.at("p", n / 3, { n: n / 7, ...(n % 2 === 0 && { even: -0 }) }));
    rows.drop(5);
    const again = new Rows("all");
    again.load(JSON.parse(JSON.stringify(rows.save())) as ReturnType<Rows["save"]>);
    rows.append(records.at("p", 7, { n: 1, new: 1 }));
    again.append(records.at("p", 7, { n: 1, new: 1 }));
    expect(again.fields).toEqual(rows.fields);
    expect(numbersOf(again)).toEqual(numbersOf(rows));
    for (const field of [0, 1, 2])
      expect(again.values(field, rows.first, rows.end)).toEqual(rows.values(field, rows.first, rows.end));
    const before = (of: Rows) => numbersOf(of).slice(0, -1).map((row) => of.position(row)); // prettier-ignore
    expect(before(again)).toEqual(before(rows));
  });

  describe("with other fields than were saved", () => {
    const saved = (fields: readonly string[] | "all") => {
      const rows = new Rows(fields);
      for (let n = 0; n < 3; n++) rows.append(records.at("p", n, { a: n, b: -n / 3 }));
      return rows.save();
    };
    const loaded = (from: ReturnType<Rows["save"]>, fields: readonly string[] | "all") => {
      const rows = new Rows(fields);
      rows.load(from);
      return rows.fields.map((_, i) => [...rows.values(i, rows.first, rows.end)]);
    };
    const [a, b] = [
      [0, 1, 2],
      [-0, -1 / 3, -2 / 3],
    ];

    it("come back by their names", () => {
      expect(loaded(saved(["a", "b"]), ["b", "a"])).toEqual([b, a]);
      expect(loaded(saved(["a", "b"]), ["b"])).toEqual([b]);
      expect(loaded(saved("all"), ["b"])).toEqual([b]);
      expect(loaded(saved(["a"]), [])).toEqual([]);
    });

    it("lack what was never measured", () => {
      expect(loaded(saved("all"), ["c", "a"])).toEqual([[NaN, NaN, NaN], a]);
    });

    it("are refused where what is wanted was not kept", () => {
      expect(() => loaded(saved(["a"]), ["a", "b", "c"])).toThrow(
        "its samples were kept with a, and now b, c are wanted behind it",
      );
      expect(() => loaded(saved([]), ["a"])).toThrow("its samples were kept with no field, and now a is wanted");
      expect(() => loaded(saved(["a", "b"]), "all")).toThrow("and now every field is wanted");
    });

    it("do not matter where there are no rows", () => {
      expect(loaded(new Rows(["a"]).save(), ["b"])).toEqual([[]]);
      expect(loaded(new Rows(["a"]).save(), "all")).toEqual([]);
    });
  });
});
