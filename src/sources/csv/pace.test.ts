import { describe, expect, it } from "@jest/globals";
import { VirtualTimeScheduler } from "rxjs";
import { RecordMaker } from "../../streams/contract/records.js";
import type { Batch } from "../../streams/record/record.js";
import { clockOf } from "../../streams/time/clock.js";
import { pace } from "./pace.js";

async function* given(...batches: Batch[]) {
  yield* batches;
}

/** Reads all that comes, with the virtual time at which it came; runs the clock whenever nothing else can happen. */
async function timed(batches: AsyncGenerator<Batch>, speed: number, stop = new AbortController()) {
  const scheduler = new VirtualTimeScheduler();
  const seen: [ms: number, seconds: number[]][] = [];
  const reading = (async () => {
    for await (const batch of pace(batches, speed, clockOf(scheduler), stop.signal)) {
      seen.push([scheduler.now(), batch.map((element) => element.eventTime / 1000)]);
      if (seen.length === 100) stop.abort();
    }
    return true;
  })();
  while (!(await Promise.race([reading, new Promise((resolve) => setImmediate(() => resolve(false)))]))) {
    scheduler.flush();
  }
  return seen;
}

describe("pace", () => {
  const records = new RecordMaker();
  const at = (...seconds: number[]) => seconds.map((s) => records.at("a", s, {}));

  it("gives the first at once and the others as far apart as they were recorded", async () => {
    expect(await timed(given(at(1000, 1000, 1001), at(1003)), 1)).toEqual([
      [0, [1000, 1000]],
      [1000, [1001]],
      [3000, [1003]],
    ]);
  });

  it("goes ten times as fast", async () => {
    expect(await timed(given(at(0, 10)), 10)).toEqual([
      [0, [0]],
      [1000, [10]],
    ]);
  });

  it("does not wait for what is out of order", async () => {
    expect(await timed(given(at(5, 3, 6)), 1)).toEqual([
      [0, [5, 3]],
      [1000, [6]],
    ]);
  });

  it("gives nothing of nothing, and stops while it waits", async () => {
    expect(await timed(given(), 1)).toEqual([]);
    const stop = new AbortController();
    stop.abort();
    expect(await timed(given(at(0, 60)), 1, stop)).toEqual([[0, [0]]]);
  });
});
