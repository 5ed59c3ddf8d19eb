import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { contextFor, silentLog } from "../../streams/contract/context.js";
import { RecordMaker } from "../../streams/contract/records.js";
import { sinkContract } from "../../streams/contract/sink.js";
import { cutState, restoreState } from "../../streams/contract/state.js";
import type { StreamRecord } from "../../streams/record/record.js";
import { csv } from "./index.js";
import { UNSETTLED_ROWS } from "./table.js";

let folder: string;
let path: string;
let records: RecordMaker;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "csv-sink-"));
  path = join(folder, "made", "out.csv");
});
beforeEach(async () => {
  records = new RecordMaker();
  await rm(join(folder, "made"), { recursive: true, force: true });
});
afterAll(() => rm(folder, { recursive: true }));

const open = async (options: object = {}, context = contextFor()) =>
  csv.open(csv.options.parse({ file: path, ...options }), context);
const text = () => readFile(path, "utf8");

describe("sink: csv", () => {
  const maker = new RecordMaker();
  sinkContract({
    definition: csv,
    open: () => open({ replace: true }),
    reopen: () => open(),
    records: [maker.at("a", 1, { x: 1 }), maker.at("a", 2, { y: "two" }), maker.at("a", 3, { x: 3, z: true })],
    written: async () => (await text()).split("\n").slice(1, -1),
    repeatable: false,
  });

  describe("after a crash", () => {
    const crashed = async (options: object, ...before: readonly (readonly StreamRecord[])[]) => {
      const sink = await open(options);
      for (const batch of before) await sink.write(batch);
      return sink;
    };

    it("cuts a file with settled columns to where the checkpoint was", async () => {
      const sink = await crashed({ fields: ["x"] }, [records.at("p", 1, { x: 1 })]);
      const pull = cutState(sink);
      await sink.write([records.at("p", 2, { x: 2 })]);
      const after = await open({ fields: ["x"] });
      await restoreState(after, pull());
      await after.write([records.at("p", 3, { x: 3 })]);
      await Promise.all([sink.close!(), after.close!()]);
      expect(await text()).toBe("timestamp,printer_id,x\n1970-01-01T00:00:01.000Z,p,1\n1970-01-01T00:00:03.000Z,p,3\n");
    });

    it("leaves another file alone", async () => {
      const sink = await crashed({}, [records.at("p", 1, { x: 1 })]);
      const saved = cutState(sink)();
      const other = join(folder, "made", "other.csv");
      await writeFile(other, "timestamp,printer_id,x\n" + "1970-01-01T00:00:01.000Z,p,1\n".repeat(50));
      const after = await open({ file: other });
      await restoreState(after, saved);
      await Promise.all([sink.close!(), after.close!()]);
      expect((await readFile(other, "utf8")).split("\n")).toHaveLength(52);
    });

    it("writes the marks that had waited for the next records, once", async () => {
      const sink = await crashed({ marks: true }, [records.at("p", 1, { x: 1 })]);
      sink.advance!(records.mark("p", 1, "gone"));
      const saved = cutState(sink)();
      await sink.close!();
      const after = await open({ marks: true });
      await restoreState(after, saved);
      await after.close!();
      expect((await text()).split("\n").slice(1)).toEqual([
        "1970-01-01T00:00:01.000Z,p,,1",
        "1970-01-01T00:00:01.000Z,p,gone,",
        "",
      ]);
    });
  });

  it("writes time, key, and fields in the order in which they show up", async () => {
    const sink = await open();
    await sink.write([records.at("p1", 1, { x: 1.5, printer_id: "p1", timestamp: "soon" })]);
    await sink.write([records.at("p,2", 2.25, { note: 'a "b"', x: -0 })]);
    await sink.close!();
    expect(await text()).toBe(
      "timestamp,printer_id,x,note\n" +
        "1970-01-01T00:00:01.000Z,p1,1.5,\n" +
        '1970-01-01T00:00:02.250Z,"p,2",-0,"a ""b"""\n',
    );
  });

  it("gives the same bytes however the records are batched", async () => {
    const all = Array.from({ length: UNSETTLED_ROWS + 50 }, (_, i) =>
      records.at("p", i, i % 400 === 399 ? { x: i, [`rare_${i}`]: 1 } : { x: i }),
    );
    const sizes = [all.length, 1, 7, UNSETTLED_ROWS, UNSETTLED_ROWS + 1];
    const written: string[] = [];
    for (const size of sizes) {
      const sink = await open({ replace: true });
      for (let i = 0; i < all.length; i += size) await sink.write(all.slice(i, i + size));
      await sink.close!();
      written.push(await text());
    }
    expect(written[0]).toMatch(/^timestamp,printer_id,x,rare_399,rare_799\n/);
    expect(new Set(written).size).toBe(1);
  });

  it("says once which field came too late for a column", async () => {
    const warnings: unknown[] = [];
    const log = { ...silentLog, warn: (message: string, fields?: object) => void warnings.push([message, fields]) };
    const sink = await open({}, contextFor({ log }));
    await sink.write(Array.from({ length: UNSETTLED_ROWS }, (_, i) => records.at("p", i, { x: i })));
    await sink.write([records.at("p", 5000, { x: 1, late: 2 }), records.at("p", 5001, { late: 3 })]);
    await sink.close!();
    expect(warnings).toEqual([["field left out of the file: its columns were settled before", { field: "late" }]]);
    expect((await text()).endsWith("01:23:20.000Z,p,1\n1970-01-01T01:23:21.000Z,p,\n")).toBe(true);
  });

  it("keeps to the fields and the key column that it was told", async () => {
    const sink = await open({ fields: ["anomaly_score"], key: "key" });
    await sink.write([records.at("p", 1, { anomaly_score: 0.5, key: "other", x: 1 }), records.at("p", 2, {})]);
    await sink.close!();
    expect(await text()).toBe(
      "timestamp,key,anomaly_score\n1970-01-01T00:00:01.000Z,p,0.5\n1970-01-01T00:00:02.000Z,p,\n",
    );
  });

  it("writes marks in their place where it is told to", async () => {
    const sink = await open({ marks: true });
    await sink.write([records.at("p", 1, { x: 1 })]);
    sink.advance!(records.mark("p", 2, "passed"));
    sink.advance!(records.mark("p", 3, "idle"));
    await sink.write([records.at("p", 4, { x: 2 })]);
    sink.advance!(records.mark("p", 5, "gone"));
    await sink.close!();
    expect((await text()).split("\n")).toEqual([
      "timestamp,printer_id,time_mark,x",
      "1970-01-01T00:00:01.000Z,p,,1",
      "1970-01-01T00:00:03.000Z,p,idle,",
      "1970-01-01T00:00:04.000Z,p,,2",
      "1970-01-01T00:00:05.000Z,p,gone,",
      "",
    ]);
  });

  it("adds to a file that is there, with the columns that it has", async () => {
    const first = await open();
    await first.close!();
    const second = await open();
    await second.write([records.at("p", 1, { x: 1, y: 1 })]);
    await second.close!();
    const third = await open();
    await third.write([records.at("p", 2, { z: 2, y: 2 })]);
    await third.close!();
    expect(await text()).toBe(
      "timestamp,printer_id,x,y\n1970-01-01T00:00:01.000Z,p,1,1\n1970-01-01T00:00:02.000Z,p,,2\n",
    );
  });

  it("ends a line that a crash cut short", async () => {
    const whole = await open();
    await whole.write([records.at("p", 1, { x: 1 })]);
    await whole.close!();
    await writeFile(path, (await text()) + "1970-01-01T00:00:0");
    const sink = await open();
    await sink.write([records.at("p", 2, { x: 2 })]);
    await sink.close!();
    expect((await text()).split("\n").slice(2)).toEqual(["1970-01-01T00:00:0", "1970-01-01T00:00:02.000Z,p,2", ""]);
  });

  it("refuses a file that is something else, and a path that is a folder", async () => {
    await mkdir(join(folder, "made"));
    await writeFile(path, "my,own,table\n1,2,3\n");
    await expect(open()).rejects.toThrow(/begins with other columns than timestamp, printer_id: choose another file/);
    await writeFile(path, '"not\n a table');
    await expect(open()).rejects.toMatchObject({ name: "ConfigError" });
    await expect(open({ file: folder })).rejects.toThrow(/cannot write/);
    expect(await text()).toBe('"not\n a table');
  });
});
