import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, statfsSync, unlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { silentLog } from "../../contract/context.js";
import { appendsOf, readAll } from "../../contract/journal.js";
import { VirtualTimeScheduler } from "rxjs";
import { clockOf } from "../../time/clock.js";
import { JournalWriteError } from "../errors.js";
import { type EmbeddedOptions, openEmbeddedStream, streamFolder } from "./open.js";

const disk = mkdtempSync(join(tmpdir(), "small-disk-"));
const mounted = mount();
// Loudly: this is what the journal is for.
if (!mounted) console.warn("NOT TESTED: a full disk. Mounting a tmpfs takes root.");
const whereMounted = mounted ? describe : describe.skip;

function mount(): boolean {
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=256k", "tmpfs", disk], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

afterAll(() => {
  if (mounted) execFileSync("umount", ["--lazy", disk]);
  rmSync(disk, { recursive: true });
});

let errors: string[];
beforeEach(() => {
  errors = [];
});
afterEach(() => {
  for (const name of readdirSync(disk)) rmSync(join(disk, name), { recursive: true });
});

const log = { ...silentLog, error: (message: string) => void errors.push(message) };
const open = (options: Partial<EmbeddedOptions> = {}) =>
  openEmbeddedStream({
    folder: disk,
    name: "orders",
    partitions: 4,
    log,
    clock: clockOf(new VirtualTimeScheduler()),
    ...options,
  });
const free = () => statfsSync(disk).bavail * statfsSync(disk).bsize;

whereMounted("a full disk", () => {
  let make: ReturnType<typeof appendsOf>;
  beforeAll(() => void (make = appendsOf()));
  beforeEach(() => void (make = appendsOf()));
  const some = (n: number) =>
    make(...Array.from({ length: 20 }, () => ["a", n, { n, rest: "x".repeat(200) }] as const));

  it("keeps nothing of an append that does not fit, and takes it when there is room again", async () => {
    const ballast = join(disk, "ballast");
    writeFileSync(ballast, Buffer.alloc(200 * 1024));
    const stream = await open();
    const kept = [];
    let refused;
    for (let n = 0; !refused; n++) {
      const append = some(n);
      const before = stream.ends();
      try {
        stream.append(append.elements, append.texts, n);
        kept.push(append);
      } catch (cause) {
        expect(cause).toBeInstanceOf(JournalWriteError);
        expect((cause as Error).message).toContain(
          `the journal of "orders" in ${streamFolder(disk, "orders")} cannot be`,
        );
        expect((cause as Error).message).toContain("ENOSPC");
        expect(stream.ends()).toEqual(before);
        refused = append;
      }
    }
    expect(() => stream.append(refused.elements, refused.texts, 99)).toThrow(JournalWriteError);
    const held = kept.flatMap(({ elements }) => elements);
    expect((await readAll(stream)).elements).toEqual(held);
    unlinkSync(ballast);
    stream.append(refused.elements, refused.texts, 99);
    await stream.close();
    const again = await open();
    expect(await readAll(again)).toMatchObject({ elements: [...held, ...refused.elements], gaps: [] });
    await again.close();
    expect(errors).toEqual([]);
  });

  it("gives up the oldest segments that all groups are done with, and says so", async () => {
    const stream = await open({ segmentBytes: 32 * 1024 });
    let appended = 0;
    const once = () => {
      const { elements, texts } = some(appended);
      stream.append(elements, texts, appended);
      appended++;
    };
    while (free() > 48 * 1024) once();
    await stream.commit("views", stream.ends());
    const at = stream.ends();
    for (let i = 0; i < 100; i++) {
      once();
      if (i % 5 === 0) await stream.commit("views", stream.ends());
    }
    expect(new Set(errors)).toEqual(new Set(["the disk is full: the oldest segment of the journal is given up"]));
    expect(stream.begins()[0]! + stream.begins()[1]! + stream.begins()[2]! + stream.begins()[3]!).toBeGreaterThan(0);
    const { gaps, elements } = await readAll(stream, { from: { offsets: stream.begins() } });
    expect(gaps).toEqual([]);
    expect(elements.at(-1)!.eventTime).toBe(appended - 1);
    expect(at).not.toEqual(stream.ends());
    await stream.close();
  });

  it("never gives up what a group has yet to read", async () => {
    const stream = await open({ segmentBytes: 32 * 1024 });
    await stream.commit("views", [0, 0, 0, 0]);
    const fill = () => {
      for (let n = 0; n < 1_000; n++) {
        const { elements, texts } = some(n);
        stream.append(elements, texts, n);
      }
    };
    expect(fill).toThrow(JournalWriteError);
    expect(stream.begins()).toEqual([0, 0, 0, 0]);
    expect(errors).toEqual([]);
    await stream.close();
  });

  it("remembers how far groups have come although there is no room, so that there will be", async () => {
    const stream = await open({ segmentBytes: 32 * 1024 });
    await stream.commit("views", stream.ends());
    await stream.commit("views", stream.ends());
    const fill = () => {
      for (let n = 0; n < 1_000; n++) {
        const { elements, texts } = some(n);
        stream.append(elements, texts, n);
      }
    };
    expect(fill).toThrow(JournalWriteError);
    const offsets = stream.ends();
    await stream.commit("views", offsets);
    await stream.close();
    const again = await open({ segmentBytes: 32 * 1024 });
    expect(again.committed("views")).toEqual(offsets);
    const { elements, texts } = appendsOf("orders", offsets)(["a", 1, 1]);
    again.append(elements, texts, 1);
    await again.close();
  });
});
