import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "@jest/globals";
import fc from "fast-check";
import { silentLog } from "../../contract/context.js";
import { appendsOf, readAll } from "../../contract/journal.js";
import type { Element } from "../../record/record.js";
import { systemClock } from "../../time/clock.js";
import type { Chunk, Gap } from "../journal.js";
import { type EmbeddedOptions, openEmbeddedStream, streamFolder } from "./open.js";
import { segmentPath } from "./segment.js";
import type { EmbeddedStream } from "./stream.js";
import { Tail } from "./tail.js";

const PARTITIONS = 4;
const NOWHERE = [0, 0, 0, 0];

let folder: string;
let stream: EmbeddedStream;
let stop: AbortController;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tail-"));
  stop = new AbortController();
});
afterEach(async () => {
  stop.abort();
  await stream.close();
  rmSync(folder, { recursive: true });
});

const open = async (options: Partial<EmbeddedOptions> = {}) =>
  (stream = await openEmbeddedStream({
    folder,
    name: "orders",
    partitions: PARTITIONS,
    log: silentLog,
    clock: systemClock,
    ...options,
  }));

/** What another process would be given of the stream as it stands. */
function tailOf(written = stream.written): Tail {
  return new Tail({
    folder,
    name: "orders",
    as: "orders",
    partitions: PARTITIONS,
    begins: stream.begins(),
    ends: stream.ends(),
    written,
    commit: () => Promise.resolve(),
  });
}

/** Reads on behind the back; `elements` grows. */
function follow(tail: Tail, partitions = [0, 1, 2, 3], from: readonly number[] = NOWHERE) {
  const [chunks, elements, gaps]: [Chunk[], Element[], Gap[]] = [[], [], []];
  const done = (async () => {
    const reading = { from, partitions: new Set(partitions) };
    for await (const chunk of tail.read(reading, stop.signal, (gap) => gaps.push(gap))) {
      chunks.push(chunk);
      elements.push(...chunk.elements);
    }
  })();
  return { chunks, elements, gaps, done };
}

/** Looks again and again, between other work. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}

function put(make: ReturnType<typeof appendsOf>, ...values: (readonly [string, unknown])[]): void {
  const { elements, texts } = make(...values.map(([key, value], i) => [key, i, value] as const));
  stream.append(elements, texts, 5);
}

it("gives what stands there, and what comes as soon as it is told", async () => {
  await open();
  const make = appendsOf();
  put(make, ["a", 1], ["b", 2], ["a", 3]);
  const tail = tailOf();
  const { elements, texts } = make(["a", 9, { n: 4 }]);
  const seen = follow(tail);
  await until(() => seen.elements.length === 3);
  stream.append(elements, texts, 6);
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(seen.elements).toHaveLength(3);
  tail.grown(stream.written!);
  await until(() => seen.elements.length === 4);
  expect(seen.chunks.at(-1)).toEqual({ arrived: 6, elements, texts });
  stop.abort();
  await seen.done;
});

it("waits for a stream that has yet to be begun", async () => {
  await open();
  const tail = tailOf();
  const seen = follow(tail);
  put(appendsOf(), ["a", 1]);
  tail.grown(stream.written!);
  await until(() => seen.elements.length === 1);
});

it("reads nothing beyond what it was told of, whole or torn", async () => {
  await open();
  const make = appendsOf();
  put(make, ["a", 1]);
  const tail = tailOf();
  const path = segmentPath(streamFolder(folder, "orders"), 1);
  const whole = readFileSync(path);
  appendFileSync(path, "#00000100 deadbeef\nrecords 5 1\na\t0");
  const seen = follow(tail);
  await until(() => seen.elements.length === 1);
  writeFileSync(path, whole);
  put(make, ["a", 2]);
  tail.grown(stream.written!);
  await until(() => seen.elements.length === 2);
  expect(seen.gaps).toEqual([]);
});

it("has keys of any kind in the same partition as the journal", async () => {
  await open();
  const keys = fc.array(fc.oneof(fc.string({ unit: "binary" }), fc.stringMatching(/^[a-z_./:@-]{1,12}$/)));
  const make = appendsOf();
  let whole: Element[] = [];
  await fc.assert(
    fc.asyncProperty(keys, async (some) => {
      if (some.length > 0) put(make, ...some.map((key, i) => [key, { i }] as const));
      ({ elements: whole } = await readAll(stream));
      for (let partition = 0; partition < PARTITIONS; partition++) {
        const own = whole.filter(({ position }) => position.partition === partition);
        const seen = follow(tailOf(), [partition]);
        await until(() => seen.elements.length === own.length);
        expect(seen.elements).toEqual(own);
        stop.abort();
        stop = new AbortController();
      }
    }),
    { numRuns: 30 },
  );
});

it("gives what a read gives, in however many processes, whatever comes while it reads", async () => {
  const appends = fc.array(fc.array(fc.constantFrom("a", "b", "c", "d", "e", "f"), { minLength: 1, maxLength: 9 }), {
    minLength: 1,
    maxLength: 12,
  });
  await fc.assert(
    fc.asyncProperty(
      appends,
      fc.constantFrom(1, 300, 100_000),
      fc.nat(8),
      fc.array(fc.nat(6), { minLength: 4, maxLength: 4 }),
      fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 4, maxLength: 4 }),
      async (batches, segmentBytes, before, from, owners) => {
        await open({ name: "orders", segmentBytes });
        const make = appendsOf();
        const append = (keys: readonly string[]) => put(make, ...keys.map((key, i) => [key, { i }] as const));
        batches.slice(0, before).forEach(append);
        const tails = [0, 1, 2].map(() => tailOf());
        const owned = [0, 1, 2].map((owner) => [0, 1, 2, 3].filter((partition) => owners[partition] === owner));
        const seen = tails.map((tail, i) => follow(tail, owned[i], from));
        for (const [i, keys] of batches.slice(before).entries()) {
          append(keys);
          stream.appendEpoch(i, 5);
          if (i % 2 === 0) await new Promise((resolve) => setImmediate(resolve));
          for (const tail of tails) tail.grown(stream.written!);
        }
        const ends = stream.ends();
        for (const [i, partitions] of owned.entries()) {
          const { chunks } = await readAll(stream, { from: { offsets: from }, partitions: new Set(partitions) });
          const expected = chunks.filter(({ elements }) => elements.length > 0);
          await until(() => seen[i]!.chunks.length >= expected.length);
          expect(seen[i]!.chunks).toEqual(expected);
          expect(seen[i]!.gaps).toEqual([]);
        }
        expect(ends.reduce((sum, end) => sum + end)).toBe(batches.flat().length);
        stop.abort();
        await Promise.all(seen.map(({ done }) => done));
        stop = new AbortController();
        await stream.close();
        rmSync(join(folder, "orders"), { recursive: true });
      },
    ),
    { numRuns: 60 },
  );
});

it("tells of damaged bytes and goes on behind them, as a read does", async () => {
  await open({ segmentBytes: 400 });
  const make = appendsOf();
  for (let n = 0; n < 12; n++) put(make, ["a", { n }], ["b", { n }], ["c", { n }], ["d", { n }]);
  const path = segmentPath(streamFolder(folder, "orders"), 2);
  const bytes = readFileSync(path);
  const place = bytes.lastIndexOf('{"n"');
  bytes[place] = 0x21;
  writeFileSync(path, bytes);
  const whole = await readAll(stream);
  expect(whole.gaps).toHaveLength(1);
  const seen = follow(tailOf());
  await until(() => seen.chunks.length === whole.chunks.length);
  expect(seen.gaps).toEqual(whole.gaps);
  expect(seen.chunks).toEqual(whole.chunks);
});

it("tells what is no longer kept, and what is let go while it stands still", async () => {
  await open({ segmentBytes: 1, keep: { bytes: 1_200 } });
  const make = appendsOf();
  const next = (n: number) => put(make, ["a", { n }], ["b", { n }], ["c", { n }], ["d", { n }]);
  for (let n = 0; n < 10; n++) next(n);
  const tail = tailOf();
  const whole = await readAll(stream);
  expect(whole.gaps).toMatchObject([{ reason: "it is no longer kept" }]);
  const seen = follow(tail);
  await until(() => seen.chunks.length === whole.chunks.length);
  expect(seen.gaps).toEqual(whole.gaps);
  // It is told of nothing meanwhile.
  for (let n = 10; n < 30; n++) next(n);
  const last = stream.ends();
  tail.grown(stream.written!);
  await until(() => seen.elements.at(-1)?.position.offset === last[seen.elements.at(-1)!.position.partition]! - 1);
  expect(seen.gaps).toHaveLength(2);
  const { from, resume } = seen.gaps[1]!;
  expect(from).toEqual(
    whole.elements.reduce((ends, { position: { partition, offset } }) => ends.with(partition, offset + 1), NOWHERE),
  );
  expect(resume).toEqual(stream.begins());
});
