import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { silentLog } from "../../contract/context.js";
import { systemClock } from "../../time/clock.js";
import type { Page } from "../backlog.js";
import { Spool, type SpoolOptions } from "./spool.js";

let folder: string;
let lost: number;
let errors: string[];
const opened: Spool[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "spool-"));
  [lost, errors] = [0, []];
});
afterEach(async () => {
  for (const spool of opened.splice(0)) await spool.close();
  rmSync(folder, { recursive: true });
});

async function open(more: Partial<SpoolOptions> = {}): Promise<Spool> {
  const log = { ...silentLog, error: (message: string) => void errors.push(message) };
  const options = {
    folder,
    pipeline: "farm",
    node: "rows",
    bytes: 2 ** 30,
    overflow: "block",
    clock: systemClock,
    log,
  };
  const spool = await Spool.open({ ...options, ...more } as SpoolOptions);
  spool.onLost = (records) => (lost += records);
  opened.push(spool);
  return spool;
}

async function close(spool: Spool): Promise<void> {
  opened.splice(opened.indexOf(spool), 1);
  await spool.close();
}

/** As the folder would be found if the process were killed now. */
function killed(): string {
  const copy = join(folder, "copy");
  cpSync(join(folder, "farm"), join(copy, "farm"), {
    recursive: true,
    filter: (path) => !path.includes("lock."),
  });
  return copy;
}

const page = (content: unknown, count = 1): Page => ({ count, text: JSON.stringify(content) });
const segments = (under = folder) => {
  const at = join(under, "farm", "rows");
  return readdirSync(at)
    .filter((name) => name.endsWith(".segment"))
    .sort()
    .map((name) => join(at, name));
};

async function readAll(spool: Spool): Promise<unknown[]> {
  const all: unknown[] = [];
  while (spool.unread > 0) all.push(...(await spool.read()));
  return all;
}

describe("a spool", () => {
  it("writes nothing before there is something to keep, and leaves nothing behind when all was taken", async () => {
    const spool = await open();
    expect(segments()).toEqual([]);
    spool.append([page("a", 3), page("b", 2)]);
    expect([spool.unread, segments().length]).toEqual([5, 1]);
    expect(await readAll(spool)).toEqual(["a", "b"]);
    spool.taken(5);
    expect([spool.unread, spool.kept]).toEqual([0, 0]);
    await close(spool);
    expect(readdirSync(join(folder, "farm"))).toEqual([]);
  });

  it("gives pages back in order while others are put down", async () => {
    const spool = await open();
    const read: unknown[] = [];
    for (let i = 0; i < 10; i++) {
      spool.append([page(2 * i), page(2 * i + 1)]);
      if (i % 3 === 0) read.push(...(await spool.read()));
    }
    read.push(...(await readAll(spool)));
    expect(read).toEqual(Array.from({ length: 20 }, (_, i) => i));
  });

  it("goes on with what was not taken, twice in a row", async () => {
    const first = await open();
    first.append([page("a", 2), page("b", 2), page("c", 2)]);
    await first.read();
    first.taken(3);
    await close(first);
    const second = await open();
    expect(second.unread).toBe(4);
    second.append([page("d")]);
    expect(await second.read()).toEqual(["b", "c"]);
    second.taken(2);
    await close(second);
    const third = await open();
    expect(third.unread).toBe(3);
    expect(await readAll(third)).toEqual(["c", "d"]);
    third.taken(3);
  });

  it("has after a kill all that was put down, and a write that was under way first", async () => {
    const spool = await open();
    spool.append([page("in hand", 2)], true);
    spool.append([page("waiting", 3)]);
    expect([spool.unread, spool.kept]).toEqual([3, 5]);
    const again = await open({ folder: killed() });
    expect(again.unread).toBe(5);
    expect(await readAll(again)).toEqual(["in hand", "waiting"]);
    expect(await readAll(spool)).toEqual(["waiting"]);
  });

  it("cuts off a torn end, and counts what is there without it", async () => {
    const spool = await open();
    spool.append([page("a", 2)]);
    spool.append([page("b", 2)]);
    const copy = killed();
    const [path] = segments(copy);
    truncateSync(path!, statSync(path!).size - 3);
    const again = await open({ folder: copy });
    expect(again.unread).toBe(2);
    again.append([page("c")]);
    expect(await readAll(again)).toEqual(["a", "c"]);
    expect(lost).toBe(0);
  });

  it("leaves out what a flipped byte has spoilt, and says how many records that were", async () => {
    const spool = await open();
    spool.append([page("first", 2)]);
    spool.append([page("spoilt", 5)]);
    spool.append([page("last", 2)]);
    const copy = killed();
    const [path] = segments(copy);
    const bytes = readFileSync(path!);
    bytes[bytes.indexOf("spoilt")]! ^= 1;
    writeFileSync(path!, bytes);
    const again = await open({ folder: copy });
    expect(await readAll(again)).toEqual(["first", "last"]);
    expect(lost).toBe(5);
    expect(errors).toEqual(["records on disk cannot be read"]);
  });

  it("takes no more than it may where it blocks", async () => {
    const spool = await open({ bytes: 300_000 });
    let count = 0;
    for (; spool.room; count++) spool.append([page("x".repeat(10_000))]);
    expect(spool.bytes).toBeLessThan(320_000);
    expect((await readAll(spool)).length).toBe(count);
    expect(lost).toBe(0);
  });

  it("lets the oldest go beyond its bytes where it may, and counts them", async () => {
    const spool = await open({ bytes: 300_000, overflow: "drop-oldest" });
    for (let i = 0; i < 100; i++) spool.append([page([i, "x".repeat(10_000)], 2)]);
    expect(spool.bytes).toBeLessThan(400_000);
    const read = (await readAll(spool)) as [number, string][];
    expect(read.at(-1)![0]).toBe(99);
    expect(read.map(([i]) => i)).toEqual(Array.from({ length: read.length }, (_, i) => 100 - read.length + i));
    expect(lost).toBe(2 * (100 - read.length));
  });

  it("keeps what nobody has read for as long as the other side is away, and lets go of what was written at once", async () => {
    let now = Date.UTC(2026, 0, 1);
    const spool = await open({ clock: { ...systemClock, now: () => now } });
    for (let hour = 0; hour < 30; hour++) {
      spool.append([page(hour)]);
      await systemClock.sleep(1);
      now += 3_600_000;
    }
    expect(segments().length).toBeGreaterThan(1);
    expect(await spool.read()).toEqual([0]);
    expect(await readAll(spool)).toEqual(Array.from({ length: 29 }, (_, i) => i + 1));
    spool.taken(30);
    while (segments().length > 1) await systemClock.sleep(1);
    expect(lost).toBe(0);
  });

  it("is for one process at a time", async () => {
    await open();
    await expect(open()).rejects.toMatchObject({ name: "ConfigError" });
  });
});
