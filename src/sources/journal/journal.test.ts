import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { contextFor, provide, silentLog } from "../../streams/contract/context.js";
import { batchesOf, sourceContract, take } from "../../streams/contract/source.js";
import { openEmbeddedStream } from "../../streams/journal/embedded/open.js";
import { recordedIn } from "../../streams/journal/embedded/recorded.js";
import { recordedJournal } from "../../streams/journal/recorded.js";
import { Positions } from "../../streams/record/partition.js";
import { isMark, type Element } from "../../streams/record/record.js";
import { systemClock } from "../../streams/time/clock.js";
import { journal } from "./index.js";

const STREAM = "quality.sensors";
const NOON = Date.UTC(2026, 0, 1, 12);
const APPENDS = 20;
const PRINTERS = ["printer_1", "printer_2", "printer_3"];

let folder: string;
/** Twenty appends a second apart, a reading of each printer in each, of job 7 from the tenth on; an epoch ends half way. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "journal-source-"));
  const stream = await openEmbeddedStream({ folder, name: STREAM, partitions: 4, log: silentLog, clock: systemClock });
  const positions = new Positions("sensors", 4);
  for (let i = 0; i < APPENDS; i++) {
    const value = { n: i, ...(i >= 10 && { job_id: 7 }) };
    const elements = PRINTERS.map((key) => ({ key, eventTime: i, value, position: positions.next(key) }));
    stream.append(
      elements,
      elements.map(({ value }) => JSON.stringify(value)),
      NOON + i * 1000,
    );
    if (i === 9) stream.appendEpoch(1, NOON + i * 1000);
  }
  const gone = { key: "printer_1", eventTime: APPENDS, value: undefined, position: positions.next("printer_1") };
  stream.append([{ ...gone, cause: "gone" }], [""], NOON + APPENDS * 1000);
  await stream.close();
});
afterAll(() => rm(folder, { recursive: true }));

const open = async (options: object = {}) =>
  journal.open(
    journal.options.parse({ stream: STREAM, ...options }),
    contextFor({ node: "sensors", resources: [provide(recordedJournal, recordedIn(folder))] }),
  );

const read = async (options: object) => take(await open(options), Infinity);
const readings = (elements: readonly Element[]) => elements.filter((element) => !isMark(element));

describe("source: journal", () => {
  sourceContract({ definition: journal, count: APPENDS * PRINTERS.length, open: () => open() });

  it("gives what was kept, marks and positions too, and tells where an epoch ended", async () => {
    const elements = await read({});
    expect(elements).toHaveLength(APPENDS * PRINTERS.length + 1);
    expect(elements[0]).toMatchObject({
      key: "printer_1",
      eventTime: 0,
      value: { n: 0 },
      position: { stream: "sensors" },
    });
    expect(elements.at(-1)).toMatchObject({ key: "printer_1", cause: "gone" });
    let before = 0;
    for await (const given of (await open()).read(new AbortController().signal)) {
      if ("epoch" in given) break;
      before += given.length;
    }
    expect(before).toBe(10 * PRINTERS.length);
  });

  it("goes from a time of arrival to another", async () => {
    const since = new Date(NOON + 5000).toISOString();
    const elements = await read({ since, until: (NOON + 7000) / 1000, printers: ["printer_2"] });
    expect(elements.map(({ value }) => (value as { n: number }).n)).toEqual([5, 6]);
  });

  it("goes from an offset to another, the same in each partition", async () => {
    const offsets = readings(await read({ since: 3, until: "5" })).map(({ position }) => position.offset);
    expect([...new Set(offsets)].sort()).toEqual([3, 4]);
  });

  it("gives one job, and the mark of a printer that was in it", async () => {
    const elements = await read({ job: "7", printers: ["printer_1"] });
    expect(readings(elements).map(({ value }) => (value as { n: number }).n)).toEqual([
      10, 11, 12, 13, 14, 15, 16, 17, 18, 19,
    ]);
    expect(elements.at(-1)).toMatchObject({ cause: "gone" });
  });

  it("says what streams there are where there is none of the name", async () => {
    await expect(open({ stream: "quality.sensor" })).rejects.toThrow(
      /no stream "quality.sensor".*Did you mean "quality.sensors"/,
    );
  });

  it("ends where it is told to stop", async () => {
    const stop = new AbortController();
    let batches = 0;
    for await (const batch of batchesOf(await open(), stop.signal)) {
      batches += Number(batch.length > 0);
      stop.abort();
    }
    expect(batches).toBe(1);
  });
});
