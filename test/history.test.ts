import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openHistory } from "../src/connections/history/open.js";
import { readHistory } from "../src/connections/history/read.js";
import { historyStore, type HistoryStore } from "../src/connections/history/store.js";
import { history } from "../src/sinks/history/index.js";
import { csv } from "../src/sources/csv/index.js";
import { contextFor, provide } from "../src/streams/contract/context.js";
import { RecordMaker } from "../src/streams/contract/records.js";
import { take } from "../src/streams/contract/source.js";
import type { Reading } from "../src/streams/record/values.js";

describe("the history sink, exported as CSV", () => {
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

  it("is read back by the csv source as the readings that were stored", async () => {
    const sink = await history.open(
      history.options.parse({}),
      contextFor({ resources: [provide(historyStore, store)] }),
    );
    const value = fc.record({
      roughness: fc.double({ min: -1e9, max: 1e9, noNaN: true }).map((number) => number + 0),
      filament_present: fc.boolean(),
      note: fc.constantFrom("plain", 'a "text"', "a, b; c\td", "two\nlines", " spaces "),
    });
    const seconds = fc.double({ min: 1.6e9, max: 2.6e9, noNaN: true });
    const times = fc.uniqueArray(seconds, { minLength: 1, maxLength: 20, selector: (s) => s * 1000 });
    let printers = 0;
    await fc.assert(
      fc.asyncProperty(times, value, async (seconds, given) => {
        const printer = `printer, ${++printers}`;
        const records = new RecordMaker();
        const written = seconds.map((s, i) => records.at<Reading>(printer, s, { ...given, i }));
        await sink.write(written);
        const path = join(folder, `${printers}.csv`);
        writeFileSync(path, [...readHistory(store, { printer, format: "csv" })].join(""));
        const read = await take(await csv.open(csv.options.parse({ files: [path] }), contextFor()), written.length);
        const expected = written.toSorted((a, b) => a.eventTime - b.eventTime);
        expect(read.map(({ key, eventTime }) => [key, eventTime])).toEqual(
          expected.map(({ key, eventTime }) => [key, eventTime]),
        );
        expect(read.map(({ value }) => value)).toEqual(expected.map(({ value }) => expect.objectContaining(value)));
      }),
      { numRuns: 30 },
    );
  });
});
