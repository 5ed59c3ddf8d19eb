import { afterEach, beforeEach, expect, it } from "@jest/globals";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLog } from "../contract/context.js";
import { openEmbeddedStream } from "../journal/embedded/open.js";
import { systemClock } from "../time/clock.js";
import { KeptDeeds } from "./deeds.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "deeds-"));
});
afterEach(() => rm(folder, { recursive: true }));

async function open() {
  const stream = await openEmbeddedStream({
    folder,
    name: "control",
    partitions: 4,
    log: silentLog,
    clock: systemClock,
  });
  return { stream, deeds: new KeptDeeds(stream, { clock: systemClock, log: silentLog }) };
}

it("remembers what was noted behind a checkpoint, and nothing from before it", async () => {
  const first = await open();
  first.deeds.note("printer_1", "old", { speed: 50 });
  const checkpoint = first.stream.ends();
  first.deeds.note("printer_1", "a", { speed: 50 });
  first.deeds.note("printer_2", "b", { speed: 80 });
  await first.stream.close();
  const second = await open();
  await second.deeds.load(checkpoint);
  expect(["old", "a", "b", "c"].map((id) => second.deeds.find(id))).toEqual([
    undefined,
    { speed: 50 },
    { speed: 80 },
    undefined,
  ]);
  second.deeds.note("printer_1", "c", {});
  await second.stream.close();
});

it("goes on where a note could not be taken, and takes the next one", async () => {
  const { stream, deeds } = await open();
  deeds.note("printer_1", "a", 1);
  const { append } = stream;
  stream.append = () => {
    throw new Error("the disk is full");
  };
  deeds.note("printer_1", "b", 2);
  stream.append = append.bind(stream);
  deeds.note("printer_1", "c", 3);
  await stream.close();
  const again = await open();
  await again.deeds.load(again.stream.begins());
  expect([again.deeds.find("a"), again.deeds.find("b"), again.deeds.find("c")]).toEqual([1, undefined, 3]);
  await again.stream.close();
});
