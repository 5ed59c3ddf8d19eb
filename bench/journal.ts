import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openEmbeddedStream } from "../src/streams/journal/embedded/open.js";
import type { EmbeddedStream } from "../src/streams/journal/embedded/stream.js";
import { Tail } from "../src/streams/journal/embedded/tail.js";
import type { JournalStream } from "../src/streams/journal/journal.js";
import { Positions } from "../src/streams/record/partition.js";
import type { StreamRecord } from "../src/streams/record/record.js";
import { systemClock } from "../src/streams/time/clock.js";

const RECORDS = 1_280_000;
const BATCH = 128;
const SYNCED = 256_000;
const SYNCED_BATCH = 256;
const PRINTERS = 100;
const PARTITIONS = 64;
const ROUNDS = 3;
/** All that follow take so many parts of the work. */
const SHARES = [1, 2, 4, 64];
const log = { debug() {}, info() {}, warn() {}, error() {} };

/**
 * Readings a second into the journal and out of it, and what the same bytes cost when they are only written. Give a folder
 * to measure another disk than that of the temporary files.
 */
export async function journal([below = tmpdir()]: readonly string[]): Promise<void> {
  const messages = texts();
  const bytes = Buffer.byteLength(messages.join("")) / messages.length;
  console.log(`readings of ${PRINTERS} printers, ${Math.round(bytes)} bytes each, in ${below}`);
  for (let round = 1; round <= ROUNDS; round++) {
    const folder = mkdtempSync(join(below, "bench-journal-"));
    try {
      say(round, `bare write, batches of ${BATCH}`, RECORDS, bareWrite(join(folder, "bare"), messages));
      const stream = await open(folder, "appended");
      say(round, `append, batches of ${BATCH}`, RECORDS, append(stream, messages));
      await stream.sync();
      say(round, "read", RECORDS, await readAll(stream));
      for (const share of SHARES)
        say(round, `follow, one partition of ${share}`, RECORDS, await follow(folder, stream, share));
      await stream.close();
      const began = performance.now();
      const again = await open(folder, "appended");
      console.log(`round ${round}: opened again in ${(performance.now() - began).toFixed(0)} ms`);
      await again.close();
      const synced = await open(folder, "synced");
      say(round, `append and sync, batches of ${SYNCED_BATCH}`, SYNCED, await appendSynced(synced, messages));
      await synced.close();
    } finally {
      rmSync(folder, { recursive: true });
    }
  }
}

function open(folder: string, name: string): Promise<EmbeddedStream> {
  // What is brought to the disk meanwhile takes from the append, as it does in a run.
  return openEmbeddedStream({ folder, name, partitions: PARTITIONS, log, clock: systemClock });
}

function say(round: number, what: string, records: number, { wall, cpu }: Watch): void {
  const [rate, each, used] = [Math.round((records / wall) * 1e3), (wall / records) * 1e3, (cpu / records) * 1e3];
  console.log(
    `round ${round}: ${what}: ${rate} records/s, ${each.toFixed(2)} µs a record, ${used.toFixed(2)} µs of CPU`,
  );
}

/** Adds up time, and CPU time of the whole process, between `go` and `stop`; both in ms. */
class Watch {
  wall = 0;
  cpu = 0;
  #wallAtGo = 0;
  #cpuAtGo = process.cpuUsage();

  go(): void {
    this.#cpuAtGo = process.cpuUsage();
    this.#wallAtGo = performance.now();
  }

  stop(): void {
    this.wall += performance.now() - this.#wallAtGo;
    const { user, system } = process.cpuUsage(this.#cpuAtGo);
    this.cpu += (user + system) / 1000;
  }
}

/** The texts joined and written, with nothing beside them. */
function bareWrite(path: string, messages: readonly string[]): Watch {
  const watch = new Watch();
  const file = openSync(path, "a");
  watch.go();
  for (let made = 0; made < RECORDS; made += BATCH) {
    let text = "";
    for (let i = made; i < made + BATCH; i++) text += `${messages[i % messages.length]!}\n`;
    writeSync(file, text);
  }
  watch.stop();
  closeSync(file);
  return watch;
}

function append(stream: JournalStream, messages: readonly string[]): Watch {
  const watch = new Watch();
  for (const [batch, texts] of batches(stream.name, RECORDS, BATCH, messages)) {
    watch.go();
    stream.append(batch, texts, 1.7e12);
    watch.stop();
  }
  return watch;
}

async function appendSynced(stream: JournalStream, messages: readonly string[]): Promise<Watch> {
  const watch = new Watch();
  for (const [batch, texts] of batches(stream.name, SYNCED, SYNCED_BATCH, messages)) {
    watch.go();
    stream.append(batch, texts, 1.7e12);
    await stream.sync();
    watch.stop();
  }
  return watch;
}

async function readAll(stream: JournalStream): Promise<Watch> {
  const watch = new Watch();
  let seen = 0;
  watch.go();
  for await (const { elements } of stream.read({ from: { offsets: stream.begins() } })) seen += elements.length;
  watch.stop();
  if (seen !== RECORDS) throw new Error(`${RECORDS - seen} records are missing`);
  return watch;
}

/** What another process reads that has one partition of so many. */
async function follow(folder: string, stream: EmbeddedStream, share: number): Promise<Watch> {
  const { name, written } = stream;
  const [begins, ends] = [stream.begins(), stream.ends()];
  const commit = () => Promise.resolve();
  const tail = new Tail({ folder, name, as: name, partitions: PARTITIONS, begins, ends, written, commit });
  const own = ends.map((_, partition) => partition).filter((partition) => partition % share === 0);
  let left = own.reduce((sum, partition) => sum + ends[partition]!, 0);
  const watch = new Watch();
  watch.go();
  for await (const { elements } of tail.read({ from: begins, partitions: new Set(own) }, new AbortController().signal))
    if ((left -= elements.length) === 0) break;
  watch.stop();
  return watch;
}

function* batches(stream: string, count: number, size: number, messages: readonly string[]) {
  const positions = new Positions(stream, PARTITIONS);
  const keys = Array.from({ length: PRINTERS }, (_, i) => `printer_${i + 1}`);
  for (let made = 0; made < count; made += size) {
    const batch: StreamRecord[] = [];
    const texts: string[] = [];
    for (let i = made; i < made + size; i++) {
      const key = keys[i % PRINTERS]!;
      batch.push({ key, eventTime: 1.7e12 + i, value: messages, position: positions.next(key) });
      texts.push(messages[i % messages.length]!);
    }
    yield [batch, texts] as const;
  }
}

function texts(): string[] {
  const made = Array.from({ length: 1024 }, (_, i) =>
    JSON.stringify({
      printer_id: `printer_${(i % PRINTERS) + 1}`,
      timestamp: "2026-01-01T00:00:00.000Z",
      nozzle_temp: 215 + Math.sin(i) / 2,
      bed_temp: 60 + Math.cos(i) / 4,
      roughness: 35 + 20 * Math.sin(i / 100),
      layer_height: 0.2,
      state: "printing",
    }),
  );
  // As they come from a socket: decoded, not put together.
  return made.map((text) => Buffer.from(text).toString());
}
