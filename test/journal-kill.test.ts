import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, expect, it } from "@jest/globals";
import { silentLog } from "../src/streams/contract/context.js";
import { readAll } from "../src/streams/contract/journal.js";
import { openEmbeddedStream } from "../src/streams/journal/embedded/open.js";
import { systemClock } from "../src/streams/time/clock.js";

const KILLS = 8;
const PARTITIONS = 8;

/** Appends batches of 1 to 50 for ever, in small segments, and says the number of each batch once it was appended. */
const CHILD = `
import { writeSync } from "node:fs";
const dist = (path) => import(new URL(path, process.argv[1]));
const { openEmbeddedStream } = await dist("streams/journal/embedded/open.js");
const { Positions } = await dist("streams/record/partition.js");
const { systemClock } = await dist("streams/time/clock.js");
const log = { debug() {}, info() {}, warn() {}, error() {} };
const [, , folder, first] = process.argv;
const stream = await openEmbeddedStream(
  { folder, name: "orders", partitions: ${PARTITIONS}, log, clock: systemClock, segmentBytes: 100_000 });
const positions = new Positions("orders", ${PARTITIONS}, stream.ends());
for (let n = Number(first); ; n++) {
  const elements = Array.from({ length: 1 + (n % 50) }, (_, i) => {
    const key = "printer_" + (i % 20);
    return { key, eventTime: n, value: { n, i }, position: positions.next(key) };
  });
  stream.append(elements, elements.map(({ value }) => JSON.stringify(value)), systemClock.now());
  writeSync(1, n + "\\n");
  if (n % 20 === 0) await new Promise((resolve) => setImmediate(resolve));
}
`;

let folder: string;
let child: ChildProcess | undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "journal-kill-"));
});
afterEach(async () => {
  if (child?.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
  await rm(folder, { recursive: true });
});

/** Lets a child append until it has said so many batches, and kills it. Gives the last that it said. */
async function appendAndKill(first: number, batches: number): Promise<number> {
  const dist = new URL("../dist/", import.meta.url).href;
  const args = ["--input-type=module", "--eval", CHILD, dist, folder, String(first)];
  const process_ = (child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] }));
  const ended = once(process_, "close");
  let last = first - 1;
  for await (const line of createInterface({ input: process_.stdout })) {
    last = Number(line);
    if (last === first + batches) process_.kill("SIGKILL");
  }
  await ended;
  return last;
}

it("has every append that was said to be done, whole and once, after each of several kills", async () => {
  let next = 1;
  for (let kill = 0; kill < KILLS; kill++) {
    const last = await appendAndKill(next, 50 + 131 * kill);
    expect(last).toBeGreaterThan(next);
    const stream = await openEmbeddedStream({
      folder,
      name: "orders",
      partitions: PARTITIONS,
      log: silentLog,
      clock: systemClock,
    });
    const { chunks, gaps } = await readAll(stream);
    await stream.close();
    expect(gaps).toEqual([]);
    const batches = chunks.map(({ elements }) => elements[0]!.eventTime);
    // One more than was said may be there: it was killed in between.
    expect(batches.length).toBeGreaterThanOrEqual(last);
    expect(batches.length).toBeLessThanOrEqual(last + 1);
    expect(batches).toEqual(Array.from({ length: batches.length }, (_, i) => i + 1));
    expect(
      chunks.every(
        ({ elements, texts }, i) => elements.length === 1 + ((i + 1) % 50) && texts.length === elements.length,
      ),
    ).toBe(true);
    next = batches.length + 1;
  }
});
