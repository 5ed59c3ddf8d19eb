import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { silentLog } from "../../contract/context.js";
import { appendsOf, journalContract, readAll } from "../../contract/journal.js";
import { VirtualTimeScheduler } from "rxjs";
import { clockOf } from "../../time/clock.js";
import { type EmbeddedOptions, openEmbeddedStream, streamFolder } from "./open.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "journal-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Appends of these tests arrive in 1970, and nothing is old. */
const standing = clockOf(new VirtualTimeScheduler());
const open = (options: Partial<EmbeddedOptions> = {}) =>
  openEmbeddedStream({ folder, name: "orders", partitions: 4, log: silentLog, clock: standing, ...options });
const segments = () =>
  readdirSync(streamFolder(folder, "orders"))
    .filter((name) => name.endsWith(".segment"))
    .sort();
const path = (index: number) => join(streamFolder(folder, "orders"), segments().at(index)!);

describe("the contract", () => {
  describe.each([
    ["one segment", {}],
    ["a segment an append", { segmentBytes: 1 }],
  ])("with %s", (_, options) => {
    journalContract({
      open: (partitions) => open({ ...options, partitions }),
      clear: async () => rmSync(folder, { recursive: true }),
    });
  });
});

/** Five appends of ten records. */
async function fill(options: Partial<EmbeddedOptions> = {}) {
  const make = appendsOf();
  const stream = await open(options);
  const appends = Array.from({ length: 5 }, (_, n) =>
    make(...Array.from({ length: 10 }, (_, i) => [`p${i}`, n * 10 + i, { n, i }] as const)),
  );
  for (const [n, { elements, texts }] of appends.entries()) stream.append(elements, texts, n);
  await stream.close();
  return { appends, elements: appends.flatMap(({ elements }) => elements) };
}

/** Looks again and again, between other work. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}

function listen() {
  const said: { message: string; fields: unknown }[] = [];
  return {
    said,
    log: { ...silentLog, warn: (message: string, fields: unknown) => void said.push({ message, fields }) },
  };
}

it("writes lines that a person can read", async () => {
  await fill();
  const [head, first, prefix, records, line] = readFileSync(path(0), "utf8").split("\n");
  expect(head).toMatch(/^#[0-9a-f]{8} [0-9a-f]{8}$/);
  expect(JSON.parse(first!.slice("segment ".length))).toMatchObject({ format: 1, name: "orders", first: [0, 0, 0, 0] });
  expect(prefix).toMatch(/^#/);
  expect(records).toBe("records 0 10");
  expect(line).toBe('p0\t0\t0\t{"n":0,"i":0}');
});

it("cuts off a torn end, wherever it was torn, says so, and goes on", async () => {
  const { appends } = await fill();
  const whole = readFileSync(path(0));
  const last = whole.lastIndexOf("\n#") + 1;
  const kept = appends.slice(0, -1).flatMap(({ elements }) => elements);
  for (let cut = last + 1; cut < whole.length; cut += 7) {
    writeFileSync(path(0), whole.subarray(0, cut));
    const { said, log } = listen();
    const stream = await open({ log });
    expect(said).toEqual([
      {
        message: "the end of the journal was torn and is cut off",
        fields: { segment: path(0), at: last, bytes: cut - last },
      },
    ]);
    expect((await readAll(stream)).elements).toEqual(kept);
    expect(statSync(path(0)).size).toBe(last);
    stream.append(appends[4]!.elements, appends[4]!.texts, 9);
    expect((await readAll(stream)).elements).toEqual([...kept, ...appends[4]!.elements]);
    await stream.close();
  }
});

it("begins anew where the first append ever was torn", async () => {
  const stream = await open();
  await stream.close();
  for (const text of ["", "#0000", "#00000010 00000000\nsegment"]) {
    writeFileSync(join(streamFolder(folder, "orders"), "0000000001.segment"), text);
    const again = await open();
    expect(segments()).toEqual([]);
    await again.close();
  }
});

it("says where a byte was flipped, and gives everything else at its offset", async () => {
  const { elements } = await fill({ segmentBytes: 700 });
  const whole = segments().map((_, i) => readFileSync(path(i)));
  expect(whole.length).toBeGreaterThan(1);
  // In the last frame of all a flipped byte is a torn end.
  const places = whole.map((bytes, i) => (i === whole.length - 1 ? bytes.lastIndexOf("\n#") : bytes.length));
  await fc.assert(
    fc.asyncProperty(fc.nat(), fc.nat(), fc.integer({ min: 1, max: 255 }), async (which, where, bits) => {
      const i = which % whole.length;
      if (places[i]! <= 0) return;
      const bytes = Buffer.from(whole[i]!);
      bytes[where % places[i]!]! ^= bits;
      writeFileSync(path(i), bytes);
      const stream = await open();
      const read = await readAll(stream);
      await stream.close();
      writeFileSync(path(i), whole[i]!);
      // A header may be damaged, which loses nothing.
      const lost = elements.filter(({ position: { partition, offset } }) =>
        read.gaps.some(({ from, resume }) => offset >= from[partition]! && offset < resume[partition]!),
      );
      expect([0, 10]).toContain(lost.length);
      expect(read.elements).toEqual(elements.filter((element) => !lost.includes(element)));
      expect(read.gaps).toHaveLength(1);
    }),
    { numRuns: 150 },
  );
});

it("knows where a stream begins and ends although its header is damaged", async () => {
  const { elements } = await fill();
  const bytes = readFileSync(path(0));
  bytes[30]! ^= 1;
  writeFileSync(path(0), bytes);
  const stream = await open();
  expect(stream.begins()).toEqual([0, 0, 0, 0]);
  const more = appendsOf("orders", stream.ends())(["a", 1, 1]);
  stream.append(more.elements, more.texts, 9);
  expect((await readAll(stream)).elements).toEqual([...elements, ...more.elements]);
  await stream.close();
});

it("finds its way through appends of megabytes, damaged ones too", async () => {
  const make = appendsOf();
  const stream = await open();
  const sizes = [10, 3_000_000, 200, 700_000, 700_000, 1_100_000, 50];
  const appends = sizes.map((size, n) => make(["a", n, { n, text: "#00000000 00000000 é".repeat(size / 20) }]));
  for (const [n, { elements, texts }] of appends.entries()) stream.append(elements, texts, n);
  await stream.close();
  const whole = readFileSync(path(0));
  for (const damaged of [1, 3, 5]) {
    const bytes = Buffer.from(whole);
    bytes[bytes.indexOf(`{"n":${damaged},`) + 100_000]! ^= 1;
    writeFileSync(path(0), bytes);
    const again = await open();
    const read = await readAll(again);
    expect(read.elements.map(({ eventTime }) => eventTime)).toEqual(
      sizes.map((_, n) => n).filter((n) => n !== damaged),
    );
    expect(read.gaps).toHaveLength(1);
    await again.close();
  }
});

it("takes nothing more once it was closed", async () => {
  const stream = await open();
  await stream.close();
  const { elements, texts } = appendsOf()(["a", 1, 1]);
  expect(() => stream.append(elements, texts, 1)).toThrow("has been closed");
  expect(segments()).toEqual([]);
});

it("finds the next append behind a length that lies", async () => {
  const { elements } = await fill();
  const bytes = readFileSync(path(0));
  const frames = [...bytes.toString("latin1").matchAll(/^#/gm)].map(({ index }) => index);
  for (const length of ["00000000", "ffffffff", "00000fff"]) {
    const changed = Buffer.from(bytes);
    changed.write(length, frames[2]! + 1);
    writeFileSync(path(0), changed);
    const stream = await open();
    const read = await readAll(stream);
    expect(read.elements).toEqual([...elements.slice(0, 10), ...elements.slice(20)]);
    expect(read.gaps).toHaveLength(1);
    await stream.close();
  }
});

it("gives out no offset again that a consumer has read, where the log has lost it", async () => {
  const { appends, elements } = await fill();
  const first = await open();
  const ends = first.ends();
  await first.commit("views", ends);
  await first.close();
  const bytes = readFileSync(path(0));
  writeFileSync(path(0), bytes.subarray(0, bytes.lastIndexOf("\n#") + 1));
  const errors: unknown[] = [];
  const stream = await open({ log: { ...silentLog, error: (_, fields) => void errors.push(fields) } });
  expect(errors).toEqual([{ folder: streamFolder(folder, "orders"), lost: 10 }]);
  expect(stream.ends()).toEqual(ends);
  expect((await readAll(stream)).gaps).toMatchObject([{ resume: ends }]);
  expect(() => stream.append(appends[4]!.elements, appends[4]!.texts, 9)).toThrow(RangeError);
  const behind = appendsOf("orders", ends)(["a", 1, 1], ["b", 2, 2]);
  stream.append(behind.elements, behind.texts, 9);
  const read = await readAll(stream);
  expect(read.elements).toEqual([...elements.slice(0, 40), ...behind.elements]);
  expect(read.gaps).toMatchObject([{ resume: ends }]);
  await stream.close();
});

it("lets one process write at a time", async () => {
  const stream = await open();
  await expect(open()).rejects.toThrow(/orders is open in this very process already/);
  await stream.close();
  await (await open()).close();
});

it("lets go of the folder where it cannot be opened", async () => {
  await fill();
  await expect(open({ partitions: 8 })).rejects.toThrow();
  await (await open()).close();
});

it("brings what was appended to the disk behind the back of whoever appends", async () => {
  const scheduler = new VirtualTimeScheduler();
  const stream = await open({ clock: clockOf(scheduler), syncEvery: 50 });
  const { elements, texts } = appendsOf()(["a", 1, 1]);
  stream.append(elements, texts, 1);
  expect(stream.synced).toBe(false);
  scheduler.flush();
  await until(() => stream.synced);
  await stream.close();
});

it("refuses another number of partitions, and says what to do", async () => {
  await fill();
  await expect(open({ partitions: 8 })).rejects.toThrow(/has 4 partitions, and 8 are asked for: go back to 4, or move/);
});

it("names positions after what it was opened as", async () => {
  const stream = await open({ as: "sensors", name: "quality.sensors" });
  const { elements, texts } = appendsOf("sensors")(["a", 1, 1]);
  stream.append(elements, texts, 1);
  expect((await readAll(stream)).elements).toEqual(elements);
  await stream.close();
});

it("keeps a stream of any name below its folder", () => {
  for (const name of ["..", ".", "a/b", "../x"]) expect(streamFolder("/j", name)).toMatch(/^\/j\/[^/]+$/);
});
