import { describe, expect, it } from "@jest/globals";
import { PassThrough, Writable } from "node:stream";
import { RecordMaker } from "../../streams/contract/records.js";
import { sinkContract } from "../../streams/contract/sink.js";
import { addSample, SUMMARY_SIZE } from "../../streams/record/summary.js";
import { printTo, terminal } from "./index.js";
import { jsonLine, textLine } from "./lines.js";

const records = new RecordMaker();
const at = { stream: "s", partition: 0, offset: 0 };

/** A stream that keeps what is written to it. */
function paper() {
  const stream = new PassThrough({ encoding: "utf8" });
  return { stream, lines: () => ((stream.read() as string | null) ?? "").split("\n").slice(0, -1) };
}

describe("sink: console", () => {
  let page = paper();
  sinkContract({
    definition: terminal,
    open: () => {
      page = paper();
      return printTo(page.stream, { format: "json", every: 1 });
    },
    records: [records.at("a", 1, { x: 1 }), records.at("a", 2, { x: 2 }), records.at("a", 3, { x: 3 })],
    written: () => page.lines(),
    repeatable: false,
  });

  it("prints the first and then every nth record, over batches", async () => {
    const { stream, lines } = paper();
    const sink = printTo(stream, { format: "text", every: 3 });
    for (let i = 0; i < 8; i += 2) await sink.write([records.at("a", i, { i }), records.at("a", i + 1, { i: i + 1 })]);
    expect(lines().map((line) => line.split(" ")[2])).toEqual(["i=0", "i=3", "i=6"]);
  });

  it("ends the run when nobody reads any more", async () => {
    const closed = new Writable({
      write: (_, __, done) => done(Object.assign(new Error("write EPIPE"), { code: "EPIPE" })),
    });
    const sink = printTo(closed, { format: "text", every: 1 });
    await expect(sink.write([records.at("a", 0, {})])).rejects.toMatchObject({ name: "FatalError" });
    await sink.close!();
  });
});

describe("lines", () => {
  it("show a reading, with NaN as null and text with spaces in quotes", () => {
    const record = records.at("printer_1", 1.5, { roughness: 80, bad: NaN, note: "two words", none: undefined });
    expect(textLine(record)).toBe(
      '1970-01-01T00:00:01.500Z printer_1 roughness=80 bad=null note="two words" none=null\n',
    );
    expect(jsonLine(record)).toBe(
      '{"time":"1970-01-01T00:00:01.500Z","key":"printer_1","value":{"roughness":80,"bad":null,"note":"two words"}}\n',
    );
  });

  it("show features, predictions and windows by the names of their fields", () => {
    const evidence = { from: at, to: at, model: { name: "anomaly", version: "1" } };
    const features = { kind: "features", names: ["a"], values: Float64Array.of(2), evidence };
    expect(textLine(records.at("p", 0, features))).toContain(" p kind=features a=2\n");
    const prediction = { kind: "prediction", fields: { score: 0.5 }, evidence };
    expect(textLine(records.at("p", 0, prediction))).toContain(" p kind=prediction score=0.5 model=anomaly\n");
    const summaries = new Float64Array(2 * SUMMARY_SIZE);
    addSample(summaries, 0, 0, 4);
    const bounds = { start: 0, end: 1000, count: 1, from: at, to: at, revision: 0 };
    const window = { kind: "window", ...bounds, fields: ["x", "y"], summaries };
    expect(jsonLine(records.at("p", 0, window))).toContain('"x":{"mean":4,"min":4,"max":4},"y":null');
  });

  it("show conclusions without their evidence, and late records", () => {
    const verdict = { kind: "verdict", rule: "rough", evidence: { from: at, to: at } };
    expect(textLine(records.at("p", 0, verdict))).toContain(" p kind=verdict rule=rough\n");
    const late = { kind: "late", record: records.at("p", 0, { x: 1 }), lateBy: 5, window: { start: 0, end: 1 } };
    expect(jsonLine(records.at("p", 0, late))).toContain('{"kind":"late","late_by":5,"value":{"x":1}}');
  });

  it("keep control characters from the terminal, and stand a time that is none", () => {
    expect(textLine(records.at("p\u001b[2J", 0, { a: "x\u009by", b: "c\nd" }))).toBe(
      '1970-01-01T00:00:00.000Z p\\u001b[2J a=x\\u009by b="c\\nd"\n',
    );
    expect(textLine(records.at("p", 1e300, {}))).toBe("1e+303 p\n");
  });
});
