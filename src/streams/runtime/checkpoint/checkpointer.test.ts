import { afterEach, beforeEach, expect, it } from "@jest/globals";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLog } from "../../contract/context.js";
import { systemClock } from "../../time/clock.js";
import type { Barrier } from "../emission.js";
import { Checkpointer } from "./checkpointer.js";
import { CheckpointFiles } from "./file.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "checkpointer-"));
});
afterEach(() => rm(folder, { recursive: true }));

it("goes on taking checkpoints when the clock is set back", async () => {
  let ahead = 3_600_000;
  const clock = { ...systemClock, now: () => systemClock.now() + ahead };
  const files = new CheckpointFiles(folder);
  const checkpointer = new Checkpointer(
    { pipeline: "test", files, makes: {}, nodes: ["out"], interval: 4, clock, log: silentLog },
    0,
  );
  const barrier = (each: Barrier): void => {
    checkpointer.sourcePassed("in", each, [0], {});
    checkpointer.nodePassed("out", each, {});
  };
  checkpointer.add({
    name: "in",
    offsets: [0],
    barrier,
    caughtUp: true,
    commit: () => Promise.resolve(),
    sync: () => Promise.resolve(),
  });
  const newest = async (): Promise<number> => (await files.epochs())[0] ?? 0;
  checkpointer.start();
  while ((await newest()) === 0) await clock.sleep(5);
  ahead = 0;
  const before = await newest();
  while ((await newest()) < before + 2) await clock.sleep(5);
  await checkpointer.settled();
  expect(await newest()).toBeGreaterThanOrEqual(before + 2);
});
