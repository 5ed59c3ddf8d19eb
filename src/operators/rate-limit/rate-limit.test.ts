import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { contextFor } from "../../streams/contract/context.js";
import { operatorContract } from "../../streams/contract/operator.js";
import { RecordMaker, feed } from "../../streams/contract/records.js";
import { cutState, restoreState } from "../../streams/contract/state.js";
import type { RecordOperator } from "../../streams/component/definition.js";
import { reading, verdict } from "../../streams/record/record-type.js";
import { rateLimit } from "./index.js";

const records = new RecordMaker();
const open = (options: object) =>
  rateLimit.open(rateLimit.options.parse(options), contextFor()) as RecordOperator<unknown, unknown>;

/** `+` for a record at that second that passes, `-` for one that does not. */
function picture(seconds: readonly number[], options: object): string {
  const elements = seconds.map((second) => records.at("printer_1", second, {}));
  const { main, sides } = feed(open(options), elements);
  expect(sides.map(({ name, record }) => [name, record])).toEqual(
    elements.filter((record) => !main.includes(record)).map((record) => ["limited", record]),
  );
  return elements.map((record) => (main.includes(record) ? "+" : "-")).join("");
}

describe("operator: rate-limit", () => {
  operatorContract({
    definition: rateLimit,
    options: { count: 2, per: "10s" },
    elements: Array.from({ length: 30 }, (_, i) => [
      records.at("printer_1", i, {}),
      records.at("printer_2", i * 4, {}),
      records.mark("printer_1", i),
    ]).flat(),
  });

  it.each([
    [[0, 1, 2, 3], { count: 1, per: "2s" }, "+-+-"],
    [[0, 1, 2, 9, 10, 11, 12], { count: 2, per: "10s" }, "++--++-"],
    [[0, 0, 0, 10, 10, 10], { count: 2, per: "10s" }, "++-++-"],
    [[5], { count: 1, per: "1s" }, "+"],
    [[10, 9, 8], { count: 1, per: "5s" }, "+--"], // out of order
    [[100_000, 1, 2], { count: 1, per: "10s" }, "++-"], // the clock was set back
  ])("of records at %j s under %j: %s", (seconds, options, expected) =>
    expect(picture(seconds, options)).toBe(expected),
  );

  it("never lets more than count through in any span", () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(3)),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 9 }),
        (steps, count, per) => {
          let second = 0;
          const elements = steps.map((step) => records.at("printer_1", (second += step), {}));
          const times = feed(open({ count, per: `${per}s` }), elements).main.map((record) => record.eventTime);
          for (let i = count; i < times.length; i++)
            expect(times[i]! - times[i - count]!).toBeGreaterThanOrEqual(per * 1000);
        },
      ),
    );
  });

  it("emits what it is given, on the side too", () => {
    const options = rateLimit.options.parse({ count: 1, per: "1s" });
    expect(rateLimit.emits([verdict], options)).toBe(verdict);
    expect(rateLimit.sides!([reading], options)).toEqual({ limited: reading });
  });

  it("forgets whole printers before it fills the memory", () => {
    const operator = open({ count: 10_000, per: "1h" });
    feed(
      operator,
      Array.from({ length: 1500 }, (_, i) => records.at(`printer_${i}`, 1, {})),
    );
    expect(operator.keys!()).toBeLessThanOrEqual(1000);
  });

  it.each([
    [{ count: 3, per: "10s" }, "---+++-"],
    [{ count: 2, per: "10s" }, "----++-"],
    [{ count: 4, per: "10s" }, "+--+++-"],
    [{ count: 3, per: "5s" }, "++++++-"],
  ])("takes old state with another limit: %j", async (options, expected) => {
    const [before, after] = [open({ count: 3, per: "10s" }), open(options)];
    feed(
      before,
      [0, 1, 2, 3, 10.5, 11.5, 12.5].map((second) => records.at("printer_1", second, {})),
    );
    await restoreState(after, cutState(before)());
    const elements = [16, 17, 18, 21, 22, 23, 24].map((second) => records.at("printer_1", second, {}));
    const { main } = feed(after, elements);
    expect(elements.map((record) => (main.includes(record) ? "+" : "-")).join("")).toBe(expected);
    const of = (given: object) => rateLimit.stateOf!(rateLimit.options.parse(given));
    expect(of(options)).toEqual(of({ count: 3, per: "10s" }));
  });

  it("refuses a limit of nothing", () => {
    expect(rateLimit.options.safeParse({ count: 0, per: "1s" }).success).toBe(false);
    expect(rateLimit.options.safeParse({ count: 1, per: "0s" }).success).toBe(false);
    expect(rateLimit.options.safeParse({ count: 1 }).success).toBe(false);
  });
});
