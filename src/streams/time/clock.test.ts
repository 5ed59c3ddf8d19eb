import { describe, expect, it } from "@jest/globals";
import { VirtualTimeScheduler } from "rxjs";
import { clockOf, systemClock } from "./clock.js";

/** A clock that stands still until `run`. */
function stopped() {
  const scheduler = new VirtualTimeScheduler();
  const run = (until = Infinity) => {
    scheduler.maxFrames = until;
    scheduler.flush();
  };
  return { clock: clockOf(scheduler), run };
}

describe("clockOf", () => {
  it("calls once after so long", () => {
    const { clock, run } = stopped();
    const calls: number[] = [];
    clock.after(50, () => calls.push(clock.now()));
    clock.after(20, () => calls.push(clock.now()));
    run();
    expect(calls).toEqual([20, 50]);
  });

  it("calls again and again, every so often", () => {
    const { clock, run } = stopped();
    const calls: number[] = [];
    const cancel = clock.every(10, () => {
      calls.push(clock.now());
      if (calls.length === 3) cancel();
    });
    run();
    expect(calls).toEqual([10, 20, 30]);
  });

  it("does not call what was cancelled", () => {
    const { clock, run } = stopped();
    const calls: string[] = [];
    clock.after(10, () => calls.push("after"))();
    clock.every(10, () => calls.push("every"))();
    run();
    expect(calls).toEqual([]);
  });

  it("sleeps until the time has come", async () => {
    const { clock, run } = stopped();
    const slept = clock.sleep(100).then(() => clock.now());
    run();
    expect(await slept).toBe(100);
  });

  it("wakes up at once when told to stop, before or during the sleep", async () => {
    const { clock, run } = stopped();
    const stop = new AbortController();
    const slept = clock.sleep(1e9, stop.signal);
    stop.abort();
    await slept;
    await clock.sleep(1e9, stop.signal);
    run();
    expect(clock.now()).toBe(0);
  });
});

describe("systemClock", () => {
  it("tells the time of day and wakes by itself", async () => {
    expect(Math.abs(systemClock.now() - Date.now())).toBeLessThan(60_000);
    await systemClock.sleep(1);
  });
});
