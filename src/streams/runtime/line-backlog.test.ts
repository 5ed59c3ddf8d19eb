import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import type { LineSink } from "../component/definition.js";
import { RecordMaker } from "../contract/records.js";
import { LineBacklog } from "./line-backlog.js";

/** A sink that writes the numbers of records, and none for those below 0. */
function numbers() {
  const written: string[] = [];
  const sink: LineSink<any> = {
    line: ({ value }) => (value.n < 0 ? undefined : `n=${value.n}`),
    writeLines: async (lines) => void written.push(...lines.split("\n")),
  };
  return { sink, written };
}

describe("LineBacklog", () => {
  it("gives out every line once and in order, however pushes, writes and drops are mixed", async () => {
    const step = fc.oneof(
      fc.record({ push: fc.integer({ min: 1, max: 700 }) }),
      fc.record({ write: fc.integer({ min: 1, max: 600 }) }),
      fc.record({ drop: fc.integer({ min: 1, max: 600 }) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
        const { sink, written } = numbers();
        const backlog = new LineBacklog(sink);
        const records = new RecordMaker();
        const expected: string[] = [];
        const waiting: string[] = [];
        let next = 0;
        for (const each of steps) {
          if ("push" in each)
            for (let i = 0; i < each.push; i++, next++) {
              backlog.push(records.at("a", next, { n: next }));
              waiting.push(`n=${next}`);
            }
          else if (waiting.length === 0) continue;
          else if ("drop" in each) {
            backlog.drop(Math.min(each.drop, waiting.length));
            waiting.splice(0, each.drop);
          } else {
            const load = backlog.next(each.write);
            expect(load.count).toBe(Math.min(each.write, waiting.length));
            await load.write();
            expected.push(...waiting.splice(0, each.write));
          }
          expect(backlog.length).toBe(waiting.length);
        }
        expect(written).toEqual(expected);
      }),
    );
  });

  it("knows whose a line is, across the places where one text ends and the next begins", () => {
    const backlog = new LineBacklog(numbers().sink);
    const records = new RecordMaker();
    const given = Array.from({ length: 600 }, (_, i) => records.at(`printer_${i % 3}`, i / 4, { n: i }));
    for (const record of given) backlog.push(record);
    backlog.drop(10);
    const load = backlog.next(500);
    for (const i of [0, 245, 246, 499]) expect(load.record(i)).toEqual({ ...given[i + 10], value: `n=${i + 10}` });
    expect(() => load.record(500)).toThrow(RangeError);
  });

  it("keeps nothing of a record that has no line", () => {
    const backlog = new LineBacklog(numbers().sink);
    expect(backlog.push(new RecordMaker().at("a", 0, { n: -1 }))).toBe(false);
    expect(backlog.length).toBe(0);
  });

  it("gives back from pages what was put on them: the lines that were not taken, and whose they are", async () => {
    const { sink, written } = numbers();
    const [backlog, back] = [new LineBacklog(sink), new LineBacklog(sink)];
    const records = new RecordMaker();
    const pushed = Array.from({ length: 100 }, (_, n) => records.at(`printer_${n % 3}`, n, { n }));
    for (const record of pushed) {
      const stream = record.value.n < 90 ? "sensors" : "others";
      backlog.push({ ...record, position: { ...record.position, stream } });
    }
    backlog.next(10);
    const pages = backlog.pages(85);
    expect(pages.map(({ count }) => count)).toEqual([54, 31]);
    expect(backlog.length).toBe(90);
    for (const { text } of pages) back.restore(JSON.parse(text));
    const load = back.next(1000);
    await load.write();
    expect(written).toEqual(pushed.slice(10, 95).map(({ value }) => `n=${value.n}`));
    expect([load.record(0), load.record(84)]).toEqual([
      { ...pushed[10], value: "n=10", position: { ...pushed[10]!.position, stream: "sensors" } },
      { ...pushed[94], value: "n=94", position: { ...pushed[94]!.position, stream: "others" } },
    ]);
  });
});
