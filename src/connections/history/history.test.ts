import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DisconnectedError } from "../../streams/component/errors.js";
import { contextFor } from "../../streams/contract/context.js";
import type { FieldValue } from "../../streams/record/values.js";
import { History } from "./history.js";
import { openHistory, openHistoryToRead } from "./open.js";
import { openFile } from "./schema.js";
import type { HistoryRow, HistoryStore } from "./store.js";

const clock = { ...contextFor().clock, now: () => 1_000_000 };
let folder: string;
let path: string;
let store: HistoryStore;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "history-"));
  path = join(folder, "state", "history.db");
  store = openHistory(path, clock);
});
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

function row(
  printer: string,
  time: number,
  fields: HistoryRow["fields"],
  kind: HistoryRow["kind"] = "reading",
  part = "",
): HistoryRow {
  return { printer, time, kind, part, fields };
}
const all = (printer: string, from: HistoryStore = store): HistoryRow[] => [...from.query({ printer })];

describe("history", () => {
  it("gives back what was written, in order of time, each printer's its own", () => {
    const rows = [
      row("b", 3000, { roughness: 80 }),
      row("a", 2000.25, { roughness: 32, state: "printing", filament_present: true }),
      row("b", 1000, { roughness: 70, nozzle_temp: 215 }),
      row("a", -5, { state: "" }),
    ];
    store.write(rows);
    expect(all("a")).toEqual([rows[3], rows[1]]);
    expect(all("b")).toEqual([rows[2], rows[0]]);
    expect(all("c")).toEqual([]);
    expect(store.printers()).toEqual(["a", "b"]);
  });

  it("holds nothing at first, and nothing after an empty write", () => {
    store.write([]);
    expect(store.printers()).toEqual([]);
    expect(store.fields({ printer: "a" })).toEqual([]);
  });

  it("keeps a row that is written again once, as it was written last", () => {
    store.write([row("a", 1, { roughness: 1 }), row("a", 1, { roughness: 2 })]);
    store.write([row("a", 1, { roughness: 3, fan: 4 })]);
    expect(all("a")).toEqual([row("a", 1, { roughness: 3, fan: 4 })]);
  });

  it("keeps apart kinds and parts of one instant", () => {
    const rows = [
      row("a", 1, { roughness: 1 }),
      row("a", 1, { score: 1 }, "prediction", "one"),
      row("a", 1, { score: 2 }, "prediction", "two"),
      row("a", 1, { state: "raised" }, "verdict", "rough/raised"),
      row("a", 1, { speed: 50 }, "adjustment", "c1/sent"),
    ];
    store.write([...rows].reverse());
    expect(all("a")).toEqual(rows);
  });

  it("tells apart rows of as many fields with other names, or the same in another order", () => {
    const rows = [
      row("a", 1, { roughness: 1, fan: 2 }),
      row("a", 2, { roughness: 3, layer: 4 }),
      row("a", 3, { fan: 5, roughness: 6 }),
      row("a", 4, { roughness: 7, fan: 8 }),
    ];
    store.write(rows);
    expect(all("a")).toEqual(rows);
  });

  it("gives back any fields but those that hold nothing", () => {
    const value = fc.oneof(fc.double(), fc.string({ unit: "grapheme" }), fc.boolean(), fc.constant(null));
    const fields = fc.dictionary(fc.string({ unit: "grapheme" }), value, { noNullPrototype: true });
    let time = 0;
    fc.assert(
      fc.property(fields, (given) => {
        store.write([row("a", ++time, given)]);
        const kept = Object.entries(given).filter(
          ([, v]) => v !== null && (typeof v !== "number" || Number.isFinite(v)),
        );
        const positive = ([name, v]: [string, FieldValue]) => [name, v === 0 ? 0 : v] as const;
        const [read] = store.query({ printer: "a", from: time, to: time + 1 });
        expect(read!.fields).toEqual(Object.fromEntries(kept.map(positive)));
      }),
    );
  });

  it("takes names of printers as they are", () => {
    const names = ["", " ", "Drucker ä", "o'brien; --", "a\0b"];
    names.forEach((name, i) => store.write([row(name, i, { roughness: i })]));
    names.forEach((name, i) => expect(all(name).map(({ time }) => time)).toEqual([i]));
  });

  it("reads pages of rows of one instant without a gap or a double", () => {
    const rows = Array.from({ length: 2500 }, (_, i) =>
      row("a", Math.floor(i / 1250), { i }, "prediction", String(i).padStart(4, "0")),
    );
    store.write(rows);
    expect(all("a")).toEqual(rows);
  });

  it("chooses by time, kind and field, and stops at the limit", () => {
    store.write([
      row("a", 1, { roughness: 1, fan: 10 }),
      row("a", 2, { fan: 20 }),
      row("a", 2, { score: 0.5 }, "prediction", "m"),
      row("a", 3, { roughness: 3 }),
    ]);
    const times = (query: object) => [...store.query({ printer: "a", ...query })].map(({ time }) => time);
    expect(times({ from: 2 })).toEqual([2, 2, 3]);
    expect(times({ from: 1, to: 2 })).toEqual([1]);
    expect(times({ kinds: ["prediction"] })).toEqual([2]);
    expect(times({ kinds: [] })).toEqual([]);
    expect(times({ limit: 2 })).toEqual([1, 2]);
    expect(times({ limit: 0 })).toEqual([]);
    expect([...store.query({ printer: "a", fields: ["roughness"], limit: 5 })].map(({ fields }) => fields)).toEqual([
      { roughness: 1 },
      { roughness: 3 },
    ]);
    expect(store.fields({ printer: "a", kinds: ["reading"] })).toEqual(["roughness", "fan"]);
    expect(store.fields({ printer: "a", fields: ["fan", "none"] })).toEqual(["fan"]);
  });

  it("stores rows of more shapes than it has numbers for", () => {
    const rows = Array.from({ length: 4200 }, (_, i) => row("a", i, { [`field_${i}`]: i, roughness: 1 }));
    store.write(rows);
    expect(all("a")).toEqual(rows);
    expect(store.fields({ printer: "a" })).toHaveLength(4201);
  });

  it("stores all rows of a write or none", () => {
    expect(() => store.write([row("a", 1, { roughness: 1 }), row("new", NaN, { brand_new: 1 })])).toThrow(
      "NaN cannot be stored",
    );
    expect(store.printers()).toEqual([]);
    store.write([row("new", 1, { brand_new: 1 })]);
    expect(all("new")).toEqual([row("new", 1, { brand_new: 1 })]);
  });

  it("waits for room on a full disk, and loses nothing of what it had", () => {
    store.close();
    const file = openFile(path);
    store = new History(file, clock);
    const batch = (from: number) =>
      Array.from({ length: 500 }, (_, i) => row("a", from + i, { text: "x".repeat(100), i }));
    store.write(batch(0));
    // As large as it is and no larger.
    file.pragma("max_page_count = 1");
    expect(() => store.write(batch(500))).toThrow(DisconnectedError);
    expect(() => store.write(batch(500))).toThrow(/no room left for .*history\.db; free some disk space/);
    expect(all("a")).toHaveLength(500);
    file.pragma("max_page_count = 100000");
    store.write(batch(500));
    expect(all("a")).toEqual([...batch(0), ...batch(500)]);
  });

  it("has every row after a crash", () => {
    store.write([row("a", 1, { roughness: 1 })]);
    // The files as a killed process leaves them: nothing closed, nothing written back from the log.
    const crashed = join(folder, "crashed.db");
    for (const suffix of ["", "-wal"]) copyFileSync(path + suffix, crashed + suffix);
    const after = openHistory(crashed, clock);
    expect(all("a", after)).toEqual(all("a"));
    after.close();
  });

  it("lets others read while it is open, and see what was written in the meantime", () => {
    const reader = openHistoryToRead(path, clock);
    store.write([row("a", 1, { roughness: 1 })]);
    expect(all("a", reader)).toHaveLength(1);
    store.write([row("a", 2, { roughness: 2, fan: 1 }), row("b", 2, { fan: 1 })]);
    expect(all("a", reader)).toEqual(all("a"));
    expect(reader.printers()).toEqual(["a", "b"]);
    expect(() => reader.write([row("a", 3, {})])).toThrow(DisconnectedError);
    reader.close();
  });

  it("goes on reading where it was when rows are written or trimmed between two pages", () => {
    const rows = Array.from({ length: 1500 }, (_, i) => row("a", i, { i }));
    store.write(rows);
    const reading = store.query({ printer: "a" });
    const first = Array.from({ length: 1000 }, () => reading.next().value as HistoryRow);
    store.trim(400, 5000);
    store.write([row("a", 1500, { i: 1500 })]);
    expect([...first, ...reading].map(({ time }) => time)).toEqual([
      ...Array.from({ length: 1000 }, (_, i) => i),
      ...Array.from({ length: 402 }, (_, i) => 1099 + i),
    ]);
  });

  it("knows what another process has stored since", () => {
    const other = openHistory(path, clock);
    store.write([row("a", 1, { one: 1 })]);
    other.write([row("b", 1, { two: 2 }), row("a", 2, { one: 1 })]);
    store.write([row("b", 2, { two: 2 }), row("c", 1, { three: 3 })]);
    expect(all("b", other)).toEqual([row("b", 1, { two: 2 }), row("b", 2, { two: 2 })]);
    expect(all("a")).toHaveLength(2);
    other.close();
  });
});
