import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "@jest/globals";
import { VirtualTimeScheduler } from "rxjs";
import { silentLog } from "../../contract/context.js";
import { appendsOf, readAll } from "../../contract/journal.js";
import { clockOf } from "../../time/clock.js";
import { type EmbeddedOptions, openEmbeddedStream, streamFolder } from "./open.js";

let folder: string;
let errors: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "journal-"));
  errors = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const clock = clockOf(new VirtualTimeScheduler());
const log = { ...silentLog, error: (message: string) => void errors.push(message) };
/** A segment an append. */
const open = (options: Partial<EmbeddedOptions>) =>
  openEmbeddedStream({ folder, name: "orders", partitions: 4, log, clock, segmentBytes: 1, ...options });
const segments = () => readdirSync(streamFolder(folder, "orders")).filter((name) => name.endsWith(".segment")).length;

/** Six appends, arrived at 0, 1000 and so on. Each is about 380 bytes with its header. */
async function fill(stream: Awaited<ReturnType<typeof open>>, committed?: number) {
  const make = appendsOf();
  const ends: (readonly number[])[] = [];
  for (let n = 0; n < 6; n++) {
    const { elements, texts } = make(["a", n, { n, rest: "x".repeat(100) }], ["b", n, { n }]);
    stream.append(elements, texts, n * 1_000);
    ends.push(stream.ends());
    if (committed !== undefined && n === committed) await stream.commit("views", stream.ends());
  }
  return { ends };
}

it("lets go of what is older than it is kept", async () => {
  const stream = await open({ keep: { ms: 2_500 } });
  const { ends } = await fill(stream);
  // At 5000 the appends of 3000 and later are young enough; a segment goes by when the next began.
  expect(stream.begins()).toEqual(ends[1]);
  const read = await readAll(stream, { from: { offsets: stream.begins() } });
  expect(read.elements.map(({ eventTime }) => eventTime)).toEqual([2, 2, 3, 3, 4, 4, 5, 5]);
  expect(read.gaps).toEqual([]);
  await stream.close();
  expect(segments()).toBe(4);
  const again = await open({ keep: { ms: 2_500 } });
  expect(again.begins()).toEqual(ends[1]);
  await again.close();
  expect(errors).toEqual([]);
});

it("tells a reader that comes too late what it has missed", async () => {
  const stream = await open({ keep: { ms: 2_500 } });
  const { ends } = await fill(stream);
  const read = await readAll(stream);
  expect(read.gaps).toEqual([{ reason: "it is no longer kept", from: [0, 0, 0, 0], resume: ends[1] }]);
  await stream.close();
});

it("keeps what a group has yet to read, however old it is", async () => {
  const stream = await open({ keep: { ms: 100 } });
  await stream.commit("views", [0, 0, 0, 0]);
  const { ends } = await fill(stream, 3);
  expect(stream.begins()).toEqual(ends[3]);
  await stream.close();
  expect(errors).toEqual([]);
});

it("is held to its size by force, and says so", async () => {
  const stream = await open({ keep: { bytes: 1_500 } });
  await stream.commit("views", [0, 0, 0, 0]);
  await fill(stream);
  await stream.close();
  expect(errors.length).toBeGreaterThan(0);
  expect(new Set(errors)).toEqual(
    new Set(["the journal is larger than it may be: what a group has yet to read is let go"]),
  );
  expect(segments()).toBeLessThanOrEqual(5);
});

it("closes a segment by its age, or a slow stream would never let go of anything", async () => {
  const stream = await open({ segmentBytes: 1e9, keep: { ms: 3_000 } });
  await fill(stream);
  expect(stream.begins()).not.toEqual([0, 0, 0, 0]);
  await stream.close();
});

it("reads on over a segment that was let go while it was read", async () => {
  const stream = await open({});
  await fill(stream);
  const gaps: unknown[] = [];
  const seen: number[] = [];
  for await (const { elements } of stream.read({ from: { offsets: [0, 0, 0, 0] } }, (gap) => gaps.push(gap))) {
    seen.push(elements[0]!.eventTime);
    const third = join(streamFolder(folder, "orders"), "0000000003.segment");
    if (existsSync(third)) rmSync(third);
  }
  expect(seen).toEqual([0, 1, 3, 4, 5]);
  expect(gaps).toHaveLength(1);
  await stream.close();
});
