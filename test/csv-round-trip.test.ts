import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { contextFor } from "../src/streams/contract/context.js";
import { take } from "../src/streams/contract/source.js";
import { Positions } from "../src/streams/record/partition.js";
import type { Element } from "../src/streams/record/record.js";
import { isMark } from "../src/streams/record/record.js";
import type { Reading } from "../src/streams/record/values.js";
import { csv as sink } from "../src/sinks/csv/index.js";
import { csv as source, readCsv } from "../src/sources/csv/index.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "csv-round-trip-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** Text that is no number, truth value or blank: those are read as what they look like. */
const text = fc
  .array(fc.constantFrom("a", "é", "😀", ",", ";", "\t", '"', "\n", "\r", "\r\n", " ", "=", "'", "\\"), {
    minLength: 1,
  })
  .map((parts) => parts.join(""))
  .filter((cell) => cell.trim() !== "");
const number = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(-0, 0, 1e-7, -1e300, Number.MIN_VALUE, Number.MAX_VALUE, 215),
);
const names = ["nozzle_temp", "Nozzle Temp (°C)", "a,b", 'the "third"', "semi;colon", "kindness", "üß"];
const reading = fc
  .array(fc.tuple(fc.constantFrom(...names), fc.oneof(number, number, text, fc.boolean())))
  .map((fields) => Object.fromEntries(fields) as Reading);
const key = text.map((id) => id.trim());
const time = fc.oneof(
  fc.integer({ min: 0, max: 4e12 }),
  fc.double({ min: 1000, max: 4e12, noNaN: true }),
  fc.constantFrom(0, 0.5, 1686839530123.25),
);
const elements = fc.array(fc.tuple(key, time, fc.oneof(reading, fc.constantFrom("idle" as const, "gone" as const))), {
  maxLength: 20,
});

/** Records and marks at a single partition, with the offsets that the source will give them. */
function build(parts: readonly (readonly [string, number, Reading | "idle" | "gone"])[]): Element[] {
  const positions = new Positions("file", 1);
  return parts.map(([key, eventTime, what]) => {
    const position = positions.next(key);
    return typeof what === "string"
      ? { key, eventTime, value: undefined, position, cause: what }
      : { key, eventTime, value: what, position };
  });
}

describe("what the csv sink writes, the csv source reads", () => {
  it("gives back readings and marks of every kind of field", async () => {
    const path = join(folder, "any.csv");
    await fc.assert(
      fc.asyncProperty(elements, async (parts) => {
        const given = build(parts);
        const context = contextFor({ node: "file", positions: new Positions("file", 1) });
        const writing = await sink.open(sink.options.parse({ file: path, marks: true, replace: true }), context);
        for (const element of given) {
          if (isMark(element)) writing.advance!(element);
          else await writing.write([element]);
        }
        await writing.close!();
        const reading = await source.open(source.options.parse({ files: [path] }), context);
        const read = await take(reading, Infinity);
        expect(read).toEqual(given);
      }),
      { numRuns: 150 },
    );
  });

  it("reads nothing where nothing was written", async () => {
    const path = join(folder, "none.csv");
    const writing = await sink.open(sink.options.parse({ file: path }), contextFor());
    await writing.close!();
    for await (const batch of readCsv(path, {}, () => undefined)) expect(batch).toEqual([]);
  });

  it("writes the same bytes from the same recording, twice", async () => {
    const path = join(folder, "recorded.csv");
    const rows = Array.from({ length: 1500 }, (_, i) => `p${i % 3};${i / 4};${i % 7 ? i / 3 : ""};"x;${i}"\n`);
    await writeFile(path, `printer_id;time;temp;note\n${rows.join("")}`);
    const copies: string[] = [];
    for (const name of ["a", "b"]) {
      const file = join(folder, name);
      const writing = await sink.open(sink.options.parse({ file }), contextFor());
      for await (const batch of readCsv(path, {}, () => undefined)) {
        await writing.write(batch.filter((element) => !isMark(element)));
      }
      await writing.close!();
      copies.push(await readFile(file, "utf8"));
    }
    expect(copies[0]).toBe(copies[1]);
    expect(copies[0]!.split("\n")).toHaveLength(1502);
  });
});
