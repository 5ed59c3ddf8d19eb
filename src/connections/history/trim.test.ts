import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { contextFor } from "../../streams/contract/context.js";
import { openHistory } from "./open.js";
import type { HistoryStore } from "./store.js";

const DAY = 86_400_000;
const TODAY = Date.UTC(2026, 0, 10);
const LONG_AGO = Date.UTC(2023, 5, 15);

let folder: string;
let store: HistoryStore;
let now: number;

beforeEach(() => {
  now = TODAY;
  folder = mkdtempSync(join(tmpdir(), "history-"));
  store = openHistory(join(folder, "history.db"), { ...contextFor().clock, now: () => now });
});
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

function write(printer: string, ...times: number[]): void {
  store.write(times.map((time) => ({ printer, time, kind: "reading", part: "", fields: { roughness: 1 } })));
}
const times = (printer: string) => [...store.query({ printer })].map(({ time }) => time);

describe("trim", () => {
  it("finds nothing to do in an empty history", () => {
    expect(store.trim(DAY, 100)).toMatchObject({ removed: 0, done: true });
  });

  it("removes what is older than a printer's newest row by more than is kept", () => {
    write("a", TODAY - 2 * DAY, TODAY - DAY, TODAY);
    write("b", TODAY - 3 * DAY - 1, TODAY - 3 * DAY, TODAY - 2 * DAY);
    expect(store.trim(DAY, 100)).toMatchObject({ removed: 2, done: true });
    expect(times("a")).toEqual([TODAY - DAY, TODAY]);
    expect(times("b")).toEqual([TODAY - 3 * DAY, TODAY - 2 * DAY]);
  });

  it("keeps an old recording as long as a fresh reading", () => {
    write("a", LONG_AGO, LONG_AGO + 1000);
    store.trim(DAY, 100);
    expect(times("a")).toHaveLength(2);
  });

  it("lets a row from the future make nothing old", () => {
    write("a", TODAY - 1000, TODAY, TODAY + 1000 * DAY);
    store.trim(DAY, 100);
    expect(times("a")).toEqual([TODAY - 1000, TODAY, TODAY + 1000 * DAY]);
  });

  it("removes all of a printer that has been silent for so long, whatever its rows' own time", () => {
    write("gone", LONG_AGO, TODAY, TODAY + 1000 * DAY);
    now += 2 * DAY;
    write("here", now);
    expect(store.trim(DAY, 100)).toMatchObject({ removed: 3, done: true });
    expect(store.printers()).toEqual(["here"]);
    write("gone", now);
    expect(times("gone")).toEqual([now]);
    expect(times("here")).toEqual([now]);
  });

  it("never takes a printer that sends for a silent one, however little is kept", () => {
    write("a", now);
    for (let minute = 0; minute < 180; minute++) {
      now += 60_000;
      write("a", now);
      store.trim(1000, 100);
      expect(times("a")).toEqual([now]);
    }
  });

  it("works in slices, and comes to its end", () => {
    const rows = Array.from({ length: 1000 }, (_, i) => TODAY - 10 * DAY + i);
    write("a", ...rows, TODAY);
    write("b", ...rows, TODAY);
    const removed: number[] = [];
    for (;;) {
      const slice = store.trim(DAY, 300);
      removed.push(slice.removed);
      if (slice.done) break;
    }
    expect(removed.every((count) => count <= 300)).toBe(true);
    expect(removed.reduce((sum, count) => sum + count)).toBe(2000);
    expect([times("a"), times("b")]).toEqual([[TODAY], [TODAY]]);
  });

  it("looks at many printers a few at a time", () => {
    store.write(
      Array.from({ length: 1200 }, (_, i) => ({
        printer: `p${i}`,
        time: TODAY,
        kind: "reading",
        part: "",
        fields: { roughness: 1 },
      })),
    );
    expect([1, 2, 3].map(() => store.trim(DAY, 100).done)).toEqual([false, false, true]);
  });
});
