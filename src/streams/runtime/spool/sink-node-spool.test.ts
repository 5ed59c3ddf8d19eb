import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { Subject } from "rxjs";
import type { AnySink, BufferPolicy, LineSink, Sink } from "../../component/definition.js";
import { DisconnectedError, PartialWriteError } from "../../component/errors.js";
import { silentLog } from "../../contract/context.js";
import { RecordMaker } from "../../contract/records.js";
import type { StreamRecord } from "../../record/record.js";
import { systemClock } from "../../time/clock.js";
import type { Arrival } from "../emission.js";
import { NodeMetrics } from "../metrics.js";
import { SinkNode } from "../sink-node.js";
import { Spool } from "./spool.js";

const GIB = 2 ** 30;
/** More than so many in memory go to the disk, down to half of them. */
const MOST = 199;
const policy: BufferPolicy = { size: 10, wait: 0, limit: MOST + 1, overflow: "block", spool: GIB };

let folder: string;
let records: RecordMaker;
let sent: number;
const running: (() => Promise<void>)[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sink-spool-"));
  [records, sent] = [new RecordMaker(), 0];
});
afterEach(async () => {
  for (const stop of running.splice(0)) await stop();
  rmSync(folder, { recursive: true });
});

/** A database that can be away, hang and refuse. */
class Database {
  readonly written: number[] = [];
  state: "there" | "away" | "hangs" = "there";
  refuses = -1;
  #free: (() => void)[] = [];

  readonly lines: LineSink<any> = {
    line: ({ value }) => `n=${value.n}`,
    writeLines: async (lines) => this.take(lines.split("\n").map((line) => Number(line.slice(2)))),
  };
  readonly records: Sink<any> = {
    write: async (batch) => {
      await this.take(batch.map(({ value }: StreamRecord<any>) => value.n));
      return undefined;
    },
  };

  async take(numbers: readonly number[]): Promise<void> {
    if (this.state === "away") throw new DisconnectedError("away");
    while (this.state === "hangs") await new Promise<void>((free) => this.#free.push(free));
    const at = numbers.indexOf(this.refuses);
    this.written.push(...numbers.filter((_, i) => i !== at));
    if (at >= 0) throw new PartialWriteError(new Map([[at, "not this"]]));
  }

  back(): void {
    this.state = "there";
    for (const free of this.#free.splice(0)) free();
  }
}

async function start(sink: AnySink, { change = {}, from = folder } = {}) {
  const [metrics, arrivals, giveUp] = [new NodeMetrics(), new Subject<Arrival>(), new AbortController()];
  const said: string[] = [];
  const dead: [StreamRecord<any>, string][] = [];
  const log = {
    ...silentLog,
    error: (text: string) => void said.push(text),
    warn: (text: string) => void said.push(text),
  };
  let onDiskAtRelief: number | undefined;
  const own = { ...policy, ...change };
  const { spool: bytes = 0, overflow } = own;
  const spool = await Spool.open({ folder: from, pipeline: "p", node: "n", bytes, overflow, log, clock: systemClock });
  const node = new SinkNode(sink, {
    metrics,
    policy: own,
    clock: systemClock,
    log,
    live: true,
    urgent: false,
    spool,
    giveUp: giveUp.signal,
    dead: (element, reason) => dead.push([element as StreamRecord, reason]),
    relieved: () => {
      // The first moment in which more is read.
      if (node.full || onDiskAtRelief !== undefined) return;
      onDiskAtRelief = metrics.onDisk;
    },
    passing: () => undefined,
  });
  const done = node.run(arrivals);
  const stop = async () => {
    running.splice(running.indexOf(stop), 1);
    arrivals.complete();
    giveUp.abort();
    await done;
    await spool.close();
  };
  running.push(stop);
  const send = (count: number) => {
    const batch = Array.from({ length: count }, () => records.at("printer_1", sent, { n: sent++ }));
    arrivals.next({ input: 0, batch });
  };
  /** What still lay on disk when there was room again. */
  const relief = async (act: () => void): Promise<number> => {
    onDiskAtRelief = undefined;
    act();
    await until(() => onDiskAtRelief !== undefined);
    return onDiskAtRelief!;
  };
  return { node, spool, metrics, said, dead, send, stop, end: () => arrivals.complete(), done, relief };
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await systemClock.sleep(2);
}
const upTo = (end: number) => Array.from({ length: end }, (_, n) => n);
const files = (under = folder) => readdirSync(join(under, "p", "n")).filter((name) => name.endsWith(".segment"));

/** The folder as it would be found if the process were killed now. */
function killed(): string {
  const copy = join(folder, "copy");
  cpSync(join(folder, "p"), join(copy, "p"), { recursive: true, filter: (path) => !path.includes("lock.") });
  return copy;
}

describe.each<"lines" | "records">(["lines", "records"])("a sink of %s with a spool", (kind) => {
  let database: Database;
  beforeEach(() => void (database = new Database()));

  it("touches no disk while the other side keeps up", async () => {
    const { send, stop } = await start(database[kind]);
    for (let i = 0; i < 30; i++) {
      send(50);
      await setImmediate();
    }
    await until(() => database.written.length === 1500);
    expect(files()).toEqual([]);
    await stop();
  });

  it("keeps little in memory while the other side is away, and then writes all in order", async () => {
    const { send, metrics, node } = await start(database[kind]);
    database.state = "away";
    for (let i = 0; i < 50; i++) {
      send(100);
      expect(metrics.inFlight).toBeLessThanOrEqual(MOST + 1 + policy.size);
      expect(node.full).toBe(false);
      if (i % 10 === 0) await setImmediate();
    }
    expect(metrics.inFlight + metrics.onDisk).toBe(5000);
    expect(metrics.diskBytes).toBeGreaterThan(10_000);
    database.back();
    send(100);
    await until(() => database.written.length === 5100);
    expect(database.written).toEqual(upTo(5100));
    expect(metrics).toMatchObject({ out: 5100, inFlight: 0, onDisk: 0, dropped: 0 });
  });

  it("goes on in order where the other side comes and goes while records come", async () => {
    const { send } = await start(database[kind]);
    for (let i = 0; i < 12; i++) {
      if (i % 3 === 0) database.state = "away";
      send(300);
      await systemClock.sleep(1);
      if (i % 3 === 2) database.back();
    }
    database.back();
    await until(() => database.written.length === 3600);
    expect(database.written).toEqual(upTo(3600));
  });

  it("has all on disk after `spill`, the write that is under way included, and writes it once", async () => {
    const { node, send, metrics } = await start(database[kind]);
    database.state = "hangs";
    send(25);
    node.spill();
    send(1);
    const after = killed();
    database.back();
    await until(() => database.written.length === 26);
    expect(database.written).toEqual(upTo(26));
    expect(metrics).toMatchObject({ inFlight: 0, onDisk: 0 });
    // What was not spilled is not there.
    const found = new Database();
    await start(found[kind], { from: after });
    await until(() => found.written.length === 25);
    expect(found.written).toEqual(upTo(25));
  });

  it("is flushed when all that came before is written or on disk", async () => {
    const { node, send } = await start(database[kind]);
    const flushed: string[] = [];
    const flush = (name: string) => void node.flushed().then(() => flushed.push(name));
    flush("nothing");
    await until(() => flushed.length === 1);
    database.state = "hangs";
    send(5);
    flush("spilled");
    send(5);
    await setImmediate();
    expect(flushed).toEqual(["nothing"]);
    node.spill();
    await until(() => flushed.length === 2);
    send(5);
    flush("written");
    await setImmediate();
    expect(flushed).toEqual(["nothing", "spilled"]);
    database.back();
    await until(() => flushed.length === 3);
    expect(database.written).toEqual(upTo(15));
  });

  it.each(["away", "hangs"] as const)(
    "keeps what is unwritten at the end of a run, twice in a row: it %s",
    async (state) => {
      const first = await start(database[kind]);
      database.state = state;
      first.send(1000);
      await setImmediate();
      await first.stop();
      expect(first.metrics).toMatchObject({ dropped: 0 });
      expect(first.said).toContain("stopped with records unwritten, they are kept on disk for the next run");
      const [gone, there] = [new Database(), new Database()];
      gone.state = state;
      const second = await start(gone[kind]);
      second.send(10);
      await setImmediate();
      await second.stop();
      expect(second.metrics).toMatchObject({ dropped: 0 });
      const third = await start(there[kind]);
      third.send(10);
      third.end();
      await third.done;
      expect(there.written).toEqual(upTo(1020));
      await third.stop();
      expect(readdirSync(join(folder, "p"))).toEqual([]);
    },
  );

  it("knows whose a record is that is refused after it was on disk", async () => {
    const { send, dead } = await start(database[kind]);
    database.state = "away";
    send(400);
    database.refuses = 77;
    database.back();
    await until(() => database.written.length === 399);
    expect(dead).toEqual([
      [expect.objectContaining({ key: "printer_1", position: expect.objectContaining({ offset: 77 }) }), "not this"],
    ]);
  });

  it("blocks at its limit in memory when the spool is full, reads on as it empties, and can fill it again", async () => {
    const { send, node, metrics, relief } = await start(database[kind], { change: { spool: 256 * 1024 } });
    for (let round = 0; round < 3; round++) {
      database.state = "away";
      const before = sent;
      while (!node.full) send(50);
      expect(metrics.diskBytes).toBeGreaterThan(256 * 1024);
      expect(sent - before).toBeGreaterThan(5 * policy.limit);
      expect(await relief(() => database.back())).toBeGreaterThan(0);
      await until(() => database.written.length === sent);
    }
    expect(database.written).toEqual(upTo(sent));
  });

  it("lets the oldest on disk go when the spool is full, where it may, and counts them", async () => {
    const { send, metrics } = await start(database[kind], {
      change: { spool: 1024 * 1024, overflow: "drop-oldest" },
    });
    database.state = "away";
    for (let i = 0; i < 600; i++) send(100);
    database.back();
    await until(() => metrics.inFlight + metrics.onDisk === 0);
    const { written } = database;
    expect(metrics.dropped).toBeGreaterThan(0);
    expect(written.length + metrics.dropped).toBe(60_000);
    expect(written.slice(10)).toEqual(upTo(60_000).slice(metrics.dropped + 10));
  });
});

describe("a sink whose disk is full", () => {
  const disk = mkdtempSync(join(tmpdir(), "small-disk-"));
  const mounted = mount();
  if (!mounted) console.warn("NOT TESTED: a full disk. Mounting a tmpfs takes root.");
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

  (mounted ? it : it.skip)("keeps records in memory up to the limit, says so once, and loses none", async () => {
    const database = new Database();
    const { send, node, metrics, said } = await start(database.lines, { from: disk });
    const { bavail, bsize } = statfsSync(disk);
    writeFileSync(join(disk, "filler"), Buffer.alloc(bavail * bsize - 4096));
    database.state = "away";
    while (!node.full) send(10);
    expect(metrics.inFlight + metrics.onDisk).toBe(sent);
    expect(said.filter((text) => text.startsWith("records cannot wait on disk"))).toHaveLength(1);
    database.back();
    await until(() => database.written.length === sent);
    expect(database.written).toEqual(upTo(sent));
  });
});
