import { afterEach, beforeEach, expect, it } from "@jest/globals";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLog } from "../contract/context.js";
import { openEmbeddedStream } from "../journal/embedded/open.js";
import type { JournalStream } from "../journal/journal.js";
import { Positions } from "../record/partition.js";
import { systemClock } from "../time/clock.js";
import { Recent } from "./recent.js";

let folder: string;
let stream: JournalStream;
let now: number;
beforeEach(async () => {
  now = 0;
  folder = await mkdtemp(join(tmpdir(), "recent-"));
  stream = await openEmbeddedStream({ folder, name: "in", partitions: 4, log: silentLog, clock: systemClock });
});
afterEach(async () => {
  await stream.close();
  await rm(folder, { recursive: true });
});

/** Appends these as a run does, and tells `recent` of them. */
function takeIn(recent: Recent, ...numbers: number[]): void {
  const positions = new Positions("in", 4, stream.ends());
  const batch = numbers.map((n) => ({ key: "p", eventTime: n, value: n, position: positions.next("p") }));
  const texts = numbers.map(String);
  stream.append(batch, texts, now);
  recent.note(batch, texts);
}

it("knows what an earlier run took in, and this one's own only where it is asked for", async () => {
  const recent = new Recent(stream, () => now);
  takeIn(recent, 1);
  const before = await recent.look(false);
  takeIn(recent, 2);
  expect([1, 2].map((n) => before("p", String(n)))).toEqual([true, false]);
  const own = await recent.look(true);
  takeIn(recent, 3);
  expect([1, 2, 3, 4].map((n) => own("p", String(n)))).toEqual([true, true, true, false]);
  expect(own("q", "1")).toBe(false);
});

it("takes white space as the journal keeps it", async () => {
  const recent = new Recent(stream, () => now);
  const position = new Positions("in", 4, stream.ends()).next("p");
  stream.append([{ key: "p", eventTime: 1, value: { n: 1 }, position }], ['{\n"n": 1}'], now);
  expect((await recent.look(false))("p", '{\n"n": 1}')).toBe(true);
});

it("keeps the newest of many, and forgets all where no one asks any more", async () => {
  const recent = new Recent(stream, () => now);
  const known = await recent.look(true);
  takeIn(recent, ...Array.from({ length: 50_000 }, (_, n) => n));
  expect([0, 49_999 - 16_383, 49_999].map((n) => known("p", String(n)))).toEqual([false, true, true]);
  now += 60_001;
  takeIn(recent, 50_000);
  expect(known("p", "50000")).toBe(false);
});
