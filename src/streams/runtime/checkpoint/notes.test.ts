import { afterEach, beforeEach, expect, it } from "@jest/globals";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLog } from "../../contract/context.js";
import { openEmbeddedStream } from "../../journal/embedded/open.js";
import { systemClock } from "../../time/clock.js";
import { KeptDeeds } from "../deeds.js";
import type { Barrier } from "../emission.js";
import { Checkpointer } from "./checkpointer.js";
import { CheckpointFiles } from "./file.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "notes-"));
});
afterEach(() => rm(folder, { recursive: true }));

it("a checkpoint in the midst of old readings keeps the notes about those behind it", async () => {
  const [clock, log] = [systemClock, silentLog];
  const stream = await openEmbeddedStream({ folder, name: "control", partitions: 1, log, clock });
  const deeds = new KeptDeeds(stream, { clock, log });
  deeds.note("printer_1", "a", 1);
  const files = new CheckpointFiles(join(folder, "checkpoints"));
  const given = { pipeline: "test", files, makes: {}, nodes: ["control"], interval: 1, clock, log };
  const checkpointer = new Checkpointer(given, 0);
  checkpointer.addNotes("control", await deeds.load([0]));
  const pass = (barrier: Barrier): void => {
    checkpointer.sourcePassed("in", barrier, [5], {});
    checkpointer.nodePassed("control", barrier, {});
  };
  checkpointer.add({
    name: "in",
    offsets: [5],
    barrier: pass,
    caughtUp: true,
    commit: () => Promise.resolve(),
    sync: () => Promise.resolve(),
  });
  const noted = async (epoch: number) => (await files.read(epoch)).header.offsets.control;

  pass({ epoch: 1 });
  await checkpointer.settled();
  expect(await noted(1)).toEqual([0]);

  checkpointer.start();
  while ((await files.epochs())[0] === 1) await clock.sleep(5);
  await checkpointer.settled();
  // More than one may have been taken meanwhile.
  expect(await noted((await files.epochs())[0]!)).toEqual([1]);
  await stream.close();
});
