import type { Log } from "../../streams/component/context.js";
import { messageOf } from "../../streams/component/errors.js";
import type { Chunk, Gap, Offsets } from "../../streams/journal/journal.js";
import type { SharedRead, SharedStream } from "../../streams/journal/shared.js";
import type { Batch, Element } from "../../streams/record/record.js";
import type { Clock } from "../../streams/time/clock.js";
import type { Layout } from "./layout.js";
import { merge } from "./merge.js";
import { FIRST, NEXT, offsetOf, sequenceOf } from "./message.js";
import type { Nats } from "./open.js";
import { answered } from "./patience.js";
import { type PartitionGap, readPartition } from "./reader.js";
import { openStream, type Retention } from "./stream.js";

/**
 * Messages on their way or in memory: of one partition, and of all that are read at once. What was shipped as it came is in
 * small messages, of which each partition is given so many in a turn to the server and back; a backlog is in messages of up to
 * 256 KiB.
 */
const MOST_AHEAD = 16;
const MOST_AHEAD_OF_ALL = 512;
/** Elements that are given out as one, but for the last append among them. */
const MOST_AT_ONCE = 1024;
/** From this part of its largest size on a stream is nearly full, and this part of it goes then. */
const FULL = 0.8;
const LET_GO = 0.2;
/** A partition of which one message is used while the next is on its way. */
const LEAST_AHEAD = 2;

export interface SharedStreamOptions {
  readonly layout: Layout;
  /** The name that its records bear in their positions. */
  readonly as: string;
  readonly retention: Retention;
  readonly log: Log;
  readonly clock: Clock;
  /** A number in [0, 1), for the pauses between attempts. */
  readonly random: () => number;
}

/**
 * A stream on the server that several processes read, each its partitions. Made where there is none. Throws ConfigError for
 * one that is not ours or has another number of partitions, DisconnectedError where the server does not answer.
 */
export async function openSharedStream(nats: Nats, options: SharedStreamOptions): Promise<SharedStream> {
  await answered({ nats, ...options }, () => openStream(nats, options.layout, options.retention));
  return new StreamOnNats(nats, options);
}

class StreamOnNats implements SharedStream {
  readonly partitions: number;
  readonly #nats: Nats;
  readonly #options: SharedStreamOptions;

  constructor(nats: Nats, options: SharedStreamOptions) {
    this.#nats = nats;
    this.#options = options;
    this.partitions = options.layout.partitions;
  }

  async begins(): Promise<Offsets> {
    const { first_seq: first } = await this.#state();
    // All partitions share the numbers of the messages.
    return Array.from({ length: this.partitions }, () => offsetOf(first));
  }

  ends(): Promise<Offsets> {
    return Promise.all(Array.from({ length: this.partitions }, (_, partition) => this.#end(partition)));
  }

  /** 0 where nothing is there: a reader has come that far, wherever it is. */
  async #end(partition: number): Promise<number> {
    const { layout } = this.#options;
    const query = { last_by_subj: layout.partition(partition) };
    const last = await this.#answered(() => this.#nats.streams.streams.getMessage(layout.name, query));
    if (last === null) return 0;
    const elements = Number(last.header.get(NEXT)) - Number(last.header.get(FIRST));
    return offsetOf(last.seq) + (elements || 0);
  }

  async *read(
    read: SharedRead,
    stop: AbortSignal,
    gap: (gap: Gap) => void = () => undefined,
  ): AsyncGenerator<{ readonly elements: Batch }> {
    const { layout, as, log, clock, random } = this.#options;
    // Nothing is missing where both are the same, as they are for all other partitions.
    const tell = ({ partition, reason, from, resume }: PartitionGap): void =>
      gap({ reason, from: read.from.with(partition, from), resume: read.from.with(partition, resume) });
    const share = Math.floor(MOST_AHEAD_OF_ALL / read.partitions.size);
    const ahead = Math.max(LEAST_AHEAD, Math.min(MOST_AHEAD, share));
    const given = { nats: this.#nats, layout, as, ahead, log, clock, random, gap: tell };
    // The readers end with whoever wants the records, not only with `stop`.
    const over = new AbortController();
    const end = (): void => over.abort();
    stop.addEventListener("abort", end, { once: true });
    if (stop.aborted) end();
    const readers = [...read.partitions].map((partition) =>
      readPartition({ ...given, partition, from: { offset: read.from[partition]! } }, over.signal),
    );
    try {
      for await (const messages of merge(readers, over.signal)) {
        for (const elements of joined(messages.flat())) yield { elements };
      }
    } finally {
      stop.removeEventListener("abort", end);
      end();
    }
  }

  /**
   * Age lets records go by itself, read or not. Where size is limited the server would rather take nothing new, so before it
   * comes to that the oldest go, of our partitions and as far as we have come. Another group that is behind is told of a gap.
   */
  async commit(offsets: Offsets, partitions: ReadonlySet<number>): Promise<void> {
    const { layout, retention, log } = this.#options;
    if (retention.maxBytes === 0) return;
    try {
      // Messages are of different sizes, and some are not ours: whether enough has gone shows afterwards.
      for (let before = -1; ;) {
        const { state } = await this.#nats.streams.streams.info(layout.name);
        const { bytes, first_seq: first, last_seq: last } = state;
        if (bytes < FULL * retention.maxBytes || first === before) return;
        before = first;
        await this.#letGo(first, last, offsets, partitions);
        log.info("the oldest records were let go, the stream is nearly full", { stream: layout.stream, bytes });
      }
    } catch (cause) {
      // The next checkpoint is soon enough, and a stop does not wait for a server.
      log.debug("a stream was not looked at", { stream: layout.stream, cause: messageOf(cause) });
    }
  }

  async #letGo(first: number, last: number, offsets: Offsets, partitions: ReadonlySet<number>): Promise<void> {
    const { layout } = this.#options;
    const { streams } = this.#nats.streams;
    const oldest = first + Math.ceil((last - first) * LET_GO);
    for (const partition of partitions) {
      // What is in front of this message goes.
      const seq = Math.min(oldest, sequenceOf(offsets[partition]!));
      // A server takes 0 and 1 for no bound at all.
      if (seq <= Math.max(1, first)) continue;
      await streams.purge(layout.name, { filter: layout.partition(partition), seq });
    }
  }

  async #state() {
    return (await this.#answered(() => this.#nats.streams.streams.info(this.#options.layout.name))).state;
  }

  #answered<T>(ask: () => Promise<T>): Promise<T> {
    return answered({ nats: this.#nats, ...this.#options }, ask);
  }
}

/** Every part of the graph works on what it is given at once: what was taken in piece by piece goes on as one. */
function* joined(chunks: readonly Chunk[]): Generator<Batch> {
  let elements: Element[] = [];
  for (const chunk of chunks) {
    elements.push(...chunk.elements);
    if (elements.length < MOST_AT_ONCE) continue;
    yield elements;
    elements = [];
  }
  if (elements.length > 0) yield elements;
}
