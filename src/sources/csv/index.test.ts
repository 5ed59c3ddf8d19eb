import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Rejection } from "../../streams/component/context.js";
import { contextFor } from "../../streams/contract/context.js";
import { sourceContract, take } from "../../streams/contract/source.js";
import { Positions } from "../../streams/record/partition.js";
import { csv, readCsv } from "./index.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "csv-source-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function file(text: string | Buffer, name = "printer_1.csv"): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

/** All that a file gives: `[key, time, value or mark]` and what was rejected, as `line: reason`. */
async function read(text: string | Buffer, options: object = {}) {
  const path = await file(text);
  const rejected: Rejection[] = [];
  const source = await csv.open(csv.options.parse({ files: [path], ...options }), contextFor({ rejected }));
  const elements = await take(source, Infinity);
  return {
    rows: elements.map((element) => [
      element.key,
      element.eventTime,
      element.value ?? ("cause" in element && element.cause),
    ]),
    rejected: rejected.map(({ place, reason }) => `${place.replace(path, "")} ${reason}`),
    payloads: rejected.map(({ payload }) => payload),
  };
}

describe("source: csv", () => {
  sourceContract({
    definition: csv,
    count: 700,
    open: async () => {
      const rows = Array.from({ length: 700 }, (_, i) => `printer_${i % 3},${i},${i / 2}\n`);
      const path = await file(`printer_id,timestamp,x\n${rows.join("")}`);
      return csv.open(csv.options.parse({ files: [path] }), contextFor());
    },
  });

  it("reads numbers, text, truth values and marks, and leaves out what is missing", async () => {
    const text =
      "printer_id,timestamp,temp,state,on,time_mark\n" +
      "p1,2023-06-15T14:32:10Z,215.5,printing,true,\n" +
      "p2,1686839531,,,,\n" +
      "p1,2023-06-15 14:32:12,,,,idle\n" +
      "p2,1686839533000,,,,gone\n";
    expect(await read(text)).toMatchObject({
      rejected: [],
      rows: [
        ["p1", 1686839530000, { temp: 215.5, state: "printing", on: true }],
        ["p2", 1686839531000, {}],
        ["p1", 1686839532000, "idle"],
        ["p2", 1686839533000, "gone"],
      ],
    });
  });

  it("takes the file's name for the key and one second a row where no column says", async () => {
    expect((await read("x\n1\n2\n")).rows).toEqual([
      ["printer_1", 0, { x: 1 }],
      ["printer_1", 1000, { x: 2 }],
    ]);
  });

  it("reads BOM, CRLF, tabs, and semicolons with decimal commas", async () => {
    expect((await read("\uFEFFtime;x\r\n1;2,5\r\n2;3\r\n")).rows).toEqual([
      ["printer_1", 1000, { x: 2.5 }],
      ["printer_1", 2000, { x: 3 }],
    ]);
    expect((await read("\uFEFFtime\tx\n1\ta,b")).rows).toEqual([["printer_1", 1000, { x: "a,b" }]]);
  });

  it("rejects a bad row with its line and reads the rest", async () => {
    const text =
      'printer_id,time,note\np,1,a\np,2\n"p",3,"b\nc"\np,soon,d\n,5,e\np,6,"f\np,7,g,h\np,8,i\n' +
      "p,2023-02-30,j\np,9,k";
    const { rows, rejected, payloads } = await read(text);
    expect(rows).toEqual([
      ["p", 1000, { note: "a" }],
      ["p", 3000, { note: "b\nc" }],
      ["p", 8000, { note: "i" }],
      ["p", 9000, { note: "k" }],
    ]);
    expect(rejected).toEqual([
      ":3 the header has 3 columns, this row 2",
      ':6 "soon" is not a time: write ISO 8601, YYYY-MM-DD hh:mm:ss, or epoch seconds or milliseconds',
      ":7 the key is missing",
      ":8 a quote is opened and never closed",
      ":9 the header has 3 columns, this row 4",
      ':11 "2023-02-30" is not a time: write ISO 8601, YYYY-MM-DD hh:mm:ss, or epoch seconds or milliseconds',
    ]);
    expect(payloads).toEqual(["p,2", "p,soon,d", ",5,e", 'p,6,"f', "p,7,g,h", "p,2023-02-30,j"]);
  });

  it("rejects a mark that it does not know", async () => {
    expect(await read("x,time_mark\n1,sleepy\n")).toMatchObject({
      rows: [],
      rejected: [':2 time_mark says "sleepy": write idle, gone or nothing'],
    });
  });

  it("leaves a gap of a second where a row without a time is bad", async () => {
    expect((await read("x,y\n1,1\n2\n3,3\n")).rows.map(([, time]) => time)).toEqual([0, 2000]);
  });

  it("keeps rows from `since` to just before `until`", async () => {
    const { rows } = await read("time,x\n1,1\n2,2\n3,3\n4,4\n", { since: 2, until: "1970-01-01T00:00:04Z" });
    expect(rows.map(([, time]) => time)).toEqual([2000, 3000]);
  });

  it("reads files one after the other, with offsets that go on", async () => {
    const files = [await file("x\n1\n", "a.csv"), await file("x\n2\n", "b.csv"), await file("x\n", "c.csv")];
    const source = await csv.open(csv.options.parse({ files }), contextFor({ positions: new Positions("both", 1) }));
    expect(await take(source, Infinity)).toEqual([
      { key: "a", eventTime: 0, value: { x: 1 }, position: { stream: "both", partition: 0, offset: 0 } },
      { key: "b", eventTime: 0, value: { x: 2 }, position: { stream: "both", partition: 0, offset: 1 } },
    ]);
  });

  it("gives batches of at most 512, and the same rows from a file of many pieces", async () => {
    const line = (i: number) => `${i},"${"é".repeat(i % 50)}",${i / 8}\n`;
    const count = 20_000;
    const path = await file(`time,text,x\n${Array.from({ length: count }, (_, i) => line(i)).join("")}`);
    let next = 0;
    for await (const batch of readCsv(path, {}, (rejection) => expect(rejection).toBeUndefined())) {
      expect(batch.length).toBeLessThanOrEqual(512);
      for (const { eventTime, value } of batch) {
        const text = "é".repeat(next % 50);
        expect([eventTime, value]).toEqual([next * 1000, text === "" ? { x: next / 8 } : { text, x: next / 8 }]);
        next++;
      }
    }
    expect(next).toBe(count);
  });

  it("says before any record what is wrong with a file", async () => {
    const open = async (path: string, options = {}) =>
      csv.open(csv.options.parse({ files: [path], ...options }), contextFor());
    await expect(open(join(folder, "missing.csv"))).rejects.toThrow(/cannot read .*missing\.csv: .*ENOENT/);
    await expect(open(folder)).rejects.toThrow(/cannot read .*EISDIR/);
    await expect(open(await file(""))).rejects.toThrow(/is empty: its first line must name the columns/);
    await expect(open(await file("\n\n"))).rejects.toThrow(/is empty/);
    await expect(open(await file('a,"b\n1,2\n'))).rejects.toThrow(/:1: the header is broken/);
    await expect(open(await file(Buffer.from("\uFEFFtime,x\n1,2\n", "utf16le")))).rejects.toThrow(
      /not a text in UTF-8/,
    );
    await expect(open(await file("time,x\n"), { key: "machine" })).rejects.toMatchObject({ name: "ConfigError" });
  });

  it("refuses options that make no sense", () => {
    expect(csv.options.safeParse({ files: [] }).success).toBe(false);
    expect(csv.options.safeParse({ files: ["a.csv"], speed: 0 }).success).toBe(false);
    expect(csv.options.safeParse({ files: ["a.csv"], since: "soon" }).error?.message).toContain("write a time");
  });
});
