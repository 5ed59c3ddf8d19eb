import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { layoutOf } from "../src/connections/nats/layout.js";
import type { Nats } from "../src/connections/nats/open.js";
import { type PartitionFrom, type PartitionGap, readPartition } from "../src/connections/nats/reader.js";
import { Shipper } from "../src/connections/nats/shipper.js";
import { silentLog } from "../src/streams/contract/context.js";
import { openEmbeddedStream } from "../src/streams/journal/embedded/open.js";
import type { Chunk, JournalStream } from "../src/streams/journal/journal.js";
import { Positions } from "../src/streams/record/partition.js";
import type { Element } from "../src/streams/record/record.js";
import { systemClock } from "../src/streams/time/clock.js";
import { until } from "./program.js";

export const PARTITIONS = 4;
export const LAYOUT = layoutOf("sensors", PARTITIONS);
export const WEEK = { maxAge: 7 * 24 * 3600_000, maxBytes: 0, replicas: 1 };

const given = { log: silentLog, clock: systemClock, random: () => 0 };

/** The journal of one machine that takes records in, filled on demand. */
export class Feed {
  /** Numbers in the order in which they were appended, by partition. */
  readonly appended: number[][] = Array.from({ length: PARTITIONS }, () => []);
  #count = 0;
  #appends = 0;
  #shipper: Shipper | undefined;

  private constructor(
    readonly folder: string,
    readonly journal: JournalStream,
    readonly origin: string,
    readonly positions: Positions,
  ) {}

  static async open(origin = "hall-1"): Promise<Feed> {
    const folder = await mkdtemp(join(tmpdir(), "feed-"));
    return new Feed(folder, await openJournal(folder), origin, new Positions(LAYOUT.stream, PARTITIONS));
  }

  /** Appends so many elements at once, of some printers and each with its number. */
  append(count: number, arrived = 5, text = (n: number) => `{"n": ${n}}`): void {
    const numbers = Array.from({ length: count }, () => this.#count++);
    const texts = numbers.map(text);
    const elements = numbers.map((n, i): Element => {
      const key = `printer_${n % 17}`;
      const position = this.positions.next(key);
      this.appended[position.partition]!.push(n);
      return { key, eventTime: n, value: JSON.parse(texts[i]!) as unknown, position };
    });
    this.journal.append(elements, texts, arrived);
    // Of every other one it is told, as if someone had forgotten.
    if (this.#appends++ % 2 === 0) this.#shipper?.appended({ elements, texts, arrived });
  }

  /** A shipper that is running; `failed` is why it ended. */
  ship(nats: Nats, refused: (n: number) => void = () => {}): { shipper: Shipper; ended: Promise<void> } {
    const { journal, origin } = this;
    const shipper = new Shipper({
      ...given,
      nats,
      layout: LAYOUT,
      journal,
      origin,
      refused: ({ element }) => refused(element.eventTime),
    });
    this.#shipper = shipper;
    return { shipper, ended: shipper.run() };
  }

  /** Resolves when what `append` appended, and all before it, is on the server. */
  async shipped(nats: Nats, append: () => void): Promise<void> {
    const { shipper, ended } = this.ship(nats);
    append();
    await until(() => shipper.lag === 0);
    shipper.stop();
    await ended;
  }

  async remove(): Promise<void> {
    await this.journal.close();
    await rm(this.folder, { recursive: true });
  }
}

function openJournal(folder: string): Promise<JournalStream> {
  return openEmbeddedStream({
    folder,
    name: LAYOUT.stream,
    partitions: PARTITIONS,
    log: silentLog,
    clock: systemClock,
  });
}

/** Reads of all partitions at once. */
export class Reads {
  readonly chunks: Chunk[][] = Array.from({ length: PARTITIONS }, () => []);
  readonly gaps: PartitionGap[] = [];
  readonly #stop = new AbortController();
  readonly #ended: Promise<unknown>;

  constructor(nats: Nats, from: (partition: number) => PartitionFrom = () => ({ offset: 0 })) {
    const gap = (found: PartitionGap) => this.gaps.push(found);
    const read = async (partition: number) => {
      const options = { ...given, nats, layout: LAYOUT, partition, from: from(partition), gap };
      for await (const chunks of readPartition(options, this.#stop.signal)) this.chunks[partition]!.push(...chunks);
    };
    this.#ended = Promise.all(this.chunks.map((_, partition) => read(partition)));
  }

  /** The numbers that came, by partition. */
  get numbers(): number[][] {
    return this.chunks.map((chunks) => chunks.flatMap(({ elements }) => elements.map(({ eventTime }) => eventTime)));
  }

  get count(): number {
    return this.chunks.reduce((sum, chunks) => chunks.reduce((s, { elements }) => s + elements.length, sum), 0);
  }

  /** Behind the last element of a partition. */
  end(partition: number): number {
    return (this.chunks[partition]!.at(-1)?.elements.at(-1)?.position.offset ?? -1) + 1;
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#ended;
  }
}
