import { describe, expect, it } from "@jest/globals";
import { contextFor } from "../../streams/contract/context.js";
import { operatorContract } from "../../streams/contract/operator.js";
import { feed, RecordMaker } from "../../streams/contract/records.js";
import { cutState, restoreState } from "../../streams/contract/state.js";
import type { RecordOperator } from "../../streams/component/definition.js";
import type { StreamRecord } from "../../streams/record/record.js";
import type { Window } from "../../streams/record/values.js";
import { slidingWindow } from "./index.js";

const open = (options: object) =>
  slidingWindow.open(slidingWindow.options.parse(options), contextFor()) as RecordOperator<unknown, Window>;
const problems = (options: object) =>
  slidingWindow.options.safeParse(options).error?.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);

describe("operator: sliding-window", () => {
  const records = new RecordMaker();
  operatorContract({
    definition: slidingWindow,
    options: { size: "6s", every: "2s", lateness: "1s" },
    elements: Array.from({ length: 60 }, (_, i) => [
      records.at("printer_1", (i - 3 * (i % 3)) / 8, { roughness: i / 7, nozzle_temp: i % 5 === 0 ? null : 200 + i }),
      records.at("printer_2", i, { roughness: -i / 3 }),
      records.mark("printer_2", i, i === 30 ? "idle" : "passed"),
    ]).flat(),
  });

  it("gives out the last seconds at every step", () => {
    const elements = [0, 1, 2, 3, 4].map((second) => records.at("p", second, { a: second }));
    const { main } = feed(open({ size: "3s", every: "1s" }), elements) as { main: StreamRecord<Window>[] };
    expect(main.map(({ value }) => [value.start / 1000, value.end / 1000, [...value.samples!.columns[0]!]])).toEqual([
      [-2, 1, [0]],
      [-1, 2, [0, 1]],
      [0, 3, [0, 1, 2]],
      [1, 4, [1, 2, 3]],
      [2, 5, [2, 3, 4]],
    ]);
  });

  it("keeps back windows whose samples do not reach far enough", () => {
    const elements = [0, 1, 2, 3, 9, 10, 11].map((second) => records.at("p", second, { a: second }));
    const ends = (filled: number) =>
      feed(open({ size: "4s", every: "1s", filled }), elements).main.map(({ eventTime }) => eventTime / 1000);
    expect(ends(0)).toEqual([1, 2, 3, 4, 5, 6, 7, 10, 11, 12]);
    expect(ends(0.5)).toEqual([3, 4, 5, 12]);
    expect(ends(0.75)).toEqual([4]);
  });

  it("refuses a size that is not made of whole steps", () => {
    expect(problems({ size: "30s", every: "7s" })).toEqual([
      expect.stringContaining("size: write a multiple of `every`"),
    ]);
    expect(problems({ size: "1s", every: "2s" })).toHaveLength(1);
    expect(problems({ size: "30s" })).toEqual([expect.stringContaining("every: ")]);
  });

  it("refuses windows that overlap without measure", () => {
    expect(problems({ size: "1d", every: "1ms" })).toEqual([
      expect.stringContaining("every: each record would be in 86400000 windows"),
    ]);
    expect(problems({ size: "1h", every: "1s" })).toBeUndefined();
  });

  describe("over a restart with an edited pipeline", () => {
    const size = { size: "4s", every: "2s" };
    /** Times of the samples of each window that the edited node gives out, and of what it calls late. */
    async function edited(options: object, ...seconds: number[]): Promise<string> {
      const [before, after] = [open({ ...size, lateness: "2s" }), open({ ...size, ...options })];
      feed(before, [0, 1, 2, 3, 4, 5, 6].map((second) => records.at("p", second, { a: second })), { flush: false }); // prettier-ignore
      await restoreState(after, cutState(before)());
      const { main, sides } = feed(after, seconds.map((second) => records.at("p", second, { a: second })), { flush: false }); // prettier-ignore
      const times = (main as StreamRecord<Window>[]).map(({ value }) =>
        Array.from(value.samples!.times, (time) => time / 1000).join(" "),
      );
      return [...times, ...sides.map(({ record }) => `late ${record.eventTime / 1000}`)].join(", ");
    }

    it.each([
      [{ lateness: "2s" }, "2 3 4 5"],
      [{ lateness: "0s" }, "2 3 4 5, 4 5 6"],
      [{ lateness: "3s" }, ""],
      [{ lateness: "2s", late: "amend" }, "2 3 4 5"],
      [{ lateness: "2s", filled: 0.9, records: 2 }, ""],
    ])("takes the old state with %j", async (options, expected) => {
      expect(await edited(options, 8)).toBe(expected);
    });

    it("knows what is late by what was closed before", async () => {
      expect(await edited({ lateness: "0s" }, 4.5, 1)).toBe("late 1");
    });

    it("takes it with another lateness, and not with another size or step", () => {
      const of = (options: object) => slidingWindow.stateOf!(slidingWindow.options.parse({ ...size, ...options }));
      expect(of({ lateness: "9s", late: "amend", filled: 0.5, keys: 7, records: 9 })).toEqual(of({}));
      expect(of({ size: "8s" })).not.toEqual(of({}));
      expect(of({ every: "1s" })).not.toEqual(of({}));
    });
  });
});
