import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { contextFor } from "../../streams/contract/context.js";
import { openHistory } from "./open.js";
import { readHistory } from "./read.js";
import type { HistoryRow, HistoryStore } from "./store.js";

const START = Date.UTC(2023, 5, 15, 14, 32, 10);
let folder: string;
let store: HistoryStore;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "history-"));
  store = openHistory(join(folder, "history.db"), contextFor().clock);
});
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

const reading = (seconds: number, fields: HistoryRow["fields"]): HistoryRow => ({
  printer: "printer_1",
  time: START + seconds * 1000,
  kind: "reading",
  part: "",
  fields,
});
const read = (request: Omit<Parameters<typeof readHistory>[1], "printer">) =>
  [...readHistory(store, { printer: "printer_1", ...request })].join("");

const READINGS = [
  reading(0, { roughness: 32, state: "printing" }),
  reading(1.00025, { roughness: 7.5, filament_present: false }),
  reading(2, { state: 'a "text", with; all\nin it' }),
];

describe("readHistory", () => {
  beforeEach(() => {
    store.write(READINGS);
    store.write([{ ...reading(0, { rule: "rough", observed: 80 }), kind: "verdict", part: "rough/raised" }]);
  });

  it("writes a table", () => {
    expect(read({ format: "table", fields: ["roughness", "filament_present"] })).toBe(
      [
        "timestamp                   roughness  filament_present",
        "2023-06-15T14:32:10.000Z           32",
        "2023-06-15T14:32:11.00025Z        7.5  false",
        "",
      ].join("\n"),
    );
  });

  it("keeps control signs away from the terminal", () => {
    store.write([reading(5, { state: "\u001b[2Jgone\n" })]);
    expect(read({ format: "table", from: START + 5000 })).toContain("?[2Jgone?\n");
  });

  it("goes on with the widths of the first rows in a long table", () => {
    store.write(Array.from({ length: 500 }, (_, i) => reading(10 + i, { roughness: i * 1000 })));
    const lines = read({ format: "table", fields: ["roughness"] }).split("\n");
    expect(lines).toHaveLength(1 + 2 + 500 + 1);
    expect(lines.at(-2)).toBe("2023-06-15T14:40:39.000Z       499000");
  });

  it("writes JSON", () => {
    expect(JSON.parse(read({ format: "json" }))).toEqual([
      { printer_id: "printer_1", timestamp: "2023-06-15T14:32:10.000Z", roughness: 32, state: "printing" },
      { printer_id: "printer_1", timestamp: "2023-06-15T14:32:11.00025Z", roughness: 7.5, filament_present: false },
      { printer_id: "printer_1", timestamp: "2023-06-15T14:32:12.000Z", state: 'a "text", with; all\nin it' },
    ]);
  });

  it("says of what kind each row is when asked for several", () => {
    expect(read({ format: "csv", kinds: ["reading", "verdict"], to: START + 1, fields: ["roughness", "rule"] })).toBe(
      [
        "printer_id,timestamp,kind,roughness,rule",
        "printer_1,2023-06-15T14:32:10.000Z,reading,32,",
        "printer_1,2023-06-15T14:32:10.000Z,verdict,,rough",
        "",
      ].join("\n"),
    );
    const rows = JSON.parse(read({ format: "json", kinds: ["verdict"] })) as { kind: string }[];
    expect(rows.map(({ kind }) => kind)).toEqual(["verdict"]);
  });

  it("writes the head alone where there is nothing", () => {
    const from = START + 1e6;
    expect(read({ from, format: "table" })).toBe("timestamp\n");
    expect(read({ from, format: "csv" })).toBe("printer_id,timestamp\n");
    expect(read({ from, format: "json" })).toBe("[]\n");
  });
});
