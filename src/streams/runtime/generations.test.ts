import { expect, it } from "@jest/globals";
import { ConfigError } from "../component/errors.js";
import { silentLog } from "../contract/context.js";
import { systemClock } from "../time/clock.js";
import { type Generation, Generations, type Owned } from "./generations.js";

/** Runs that tell what becomes of them, in order. */
class Stage {
  readonly told: string[] = [];
  readonly failures: unknown[] = [];
  /** What opening the next ones throws. */
  readonly refuse: Error[] = [];
  /** Stopping waits for it. */
  busy: Promise<void> = Promise.resolve();
  readonly generations = new Generations({
    open: (owned) => this.#open(owned),
    fail: (cause) => void this.failures.push(cause),
    clock: { ...systemClock, sleep: () => systemClock.sleep(1) },
    log: silentLog,
    group: "test",
  });

  async #open(owned: Owned): Promise<Generation> {
    const refusal = this.refuse.shift();
    if (refusal) throw refusal;
    const name = [...owned].map(([partition, epoch]) => `${partition}@${epoch}`).join(" ");
    this.told.push(`open ${name}`);
    let end = (): void => undefined;
    return {
      start: () => new Promise((resolve) => (end = resolve)),
      stop: async () => {
        await this.busy;
        this.told.push(`stop ${name}`);
        end();
      },
    };
  }

  async until(length: number): Promise<void> {
    while (this.told.length < length) await systemClock.sleep(1);
  }
}

it("opens one run for partitions that come together, and another when more come", async () => {
  const { generations, told, ...stage } = new Stage();
  generations.gained(3, 1);
  generations.gained(5, 1);
  while (told.length < 1) await systemClock.sleep(1);
  generations.gained(7, 2);
  while (told.length < 3) await systemClock.sleep(1);
  await generations.close();
  expect(told).toEqual(["open 3@1 5@1", "stop 3@1 5@1", "open 3@1 5@1 7@2", "stop 3@1 5@1 7@2"]);
  expect(stage.failures).toEqual([]);
});

it("gives a partition away when the run that had it has stopped, and goes on with the rest", async () => {
  const stage = new Stage();
  const { generations, told } = stage;
  generations.gained(3, 1);
  generations.gained(5, 1);
  await stage.until(1);
  let go = (): void => undefined;
  stage.busy = new Promise((resolve) => (go = resolve));
  let given = false;
  const released = generations.release(3).then(() => (given = true));
  await systemClock.sleep(5);
  expect(given).toBe(false);
  go();
  await released;
  await stage.until(3);
  expect(told).toEqual(["open 3@1 5@1", "stop 3@1 5@1", "open 5@1"]);
  await generations.close();
});

it("begins anew with a partition that was lost and gained again: someone else may have had it between", async () => {
  const stage = new Stage();
  const { generations, told } = stage;
  generations.gained(3, 1);
  await stage.until(1);
  generations.lost(3);
  generations.gained(3, 2);
  await stage.until(3);
  await generations.close();
  expect(told).toEqual(["open 3@1", "stop 3@1", "open 3@2", "stop 3@2"]);
});

it("tries again where a server is away", async () => {
  const stage = new Stage();
  stage.refuse.push(new Error("no answer"), new Error("no answer"));
  stage.generations.gained(3, 1);
  await stage.until(1);
  await stage.generations.close();
  expect(stage.told).toEqual(["open 3@1", "stop 3@1"]);
  expect(stage.failures).toEqual([]);
});

it("ends where the graph cannot take what was left", async () => {
  const stage = new Stage();
  const refusal = new ConfigError("the graph was edited");
  stage.refuse.push(refusal);
  stage.generations.gained(3, 1);
  while (stage.failures.length === 0) await systemClock.sleep(1);
  await stage.generations.release(3);
  expect(stage.failures).toEqual([refusal]);
  expect(stage.told).toEqual([]);
});

it("ends where a run ends by itself for want of something", async () => {
  const failures: unknown[] = [];
  const generations = new Generations({
    open: () =>
      Promise.resolve({ start: () => Promise.reject(new Error("disk failed")), stop: () => Promise.resolve() }),
    fail: (cause) => void failures.push(cause),
    clock: systemClock,
    log: silentLog,
    group: "test",
  });
  generations.gained(3, 1);
  while (failures.length === 0) await systemClock.sleep(1);
  await generations.close();
  expect(failures).toEqual([new Error("disk failed")]);
});
