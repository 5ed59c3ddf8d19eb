import type { Log } from "../../streams/component/context.js";
import { messageOf } from "../../streams/component/errors.js";
import type { Written } from "../../streams/journal/embedded/segment.js";
import type { EmbeddedStream } from "../../streams/journal/embedded/stream.js";
import type { JournalStream, Offsets } from "../../streams/journal/journal.js";
import type { JsonValue } from "../../streams/record/json.js";
import { Positions } from "../../streams/record/partition.js";
import { GROUP } from "../../streams/runtime/checkpoint/checkpointer.js";
import type { Clock } from "../../streams/time/clock.js";
import { GrowingStream } from "./growing-stream.js";
import type { StreamOrders } from "./messages.js";

/** Opens a stream of the journal to append. */
export type OpenStream = (name: string, as: string, partitions: number) => Promise<EmbeddedStream>;

export interface SharedJournalOptions {
  readonly open: OpenStream;
  /** Whether workers begin with what comes now. */
  readonly fromNow: boolean;
  /** Tells workers how far a stream has been written; not more often than each ms. */
  readonly grown: (name: string, written: Written) => void;
  readonly clock: Clock;
  readonly log: Log;
}

interface Shared {
  readonly stream: EmbeddedStream;
  /** What workers that find no checkpoint begin with. */
  readonly begins: Offsets | undefined;
  readonly positions: Positions;
  /** Up to where each partition was worked off, by whoever has it. */
  readonly done: number[];
}

/** The streams that workers share, in the process that writes them: what sources read, and what sinks note. */
export class SharedJournal {
  readonly #options: SharedJournalOptions;
  readonly #streams = new Map<string, Shared>();
  /** Those that nobody else closes. */
  readonly #notes: EmbeddedStream[] = [];

  constructor(options: SharedJournalOptions) {
    this.#options = options;
  }

  /** The stream of a source, for the run that reads it: that closes it, and workers hear of what it appends. */
  async openSource(name: string, as: string, partitions: number): Promise<JournalStream> {
    const stream = await this.#options.open(name, as, partitions);
    this.#add(name, stream, this.#options.fromNow ? stream.ends() : undefined);
    return new GrowingStream(stream, (written) => this.#options.grown(name, written));
  }

  /** The stream in which a sink notes what it did. */
  async openNotes(name: string, as: string, partitions: number): Promise<void> {
    const stream = await this.#options.open(name, as, partitions);
    this.#notes.push(stream);
    this.#add(name, stream, undefined);
  }

  get partitions(): number {
    return Math.max(0, ...[...this.#streams.values()].map(({ stream }) => stream.partitions));
  }

  orders(): Record<string, StreamOrders> {
    const each = [...this.#streams].map(([name, { stream, begins }]) => {
      const orders = { begins: begins ?? stream.begins(), ends: stream.ends(), written: stream.written };
      return [name, orders] as const;
    });
    return Object.fromEntries(each);
  }

  /** Appends what a sink did, and gives the offset behind it. Throws where it cannot be kept. */
  note(name: string, key: string, value: JsonValue): number {
    const { stream, positions } = this.#streams.get(name)!;
    const ends = stream.ends();
    const now = this.#options.clock.now();
    const position = positions.next(key);
    try {
      stream.append([{ key, eventTime: now, value, position }], [JSON.stringify(value)], now);
    } catch (cause) {
      positions.goBackTo(ends);
      throw cause;
    }
    return position.offset + 1;
  }

  /** Resolves when all that a pipeline has in the journal survives a power cut. */
  async sync(pipeline: string): Promise<void> {
    await Promise.all(this.#of(pipeline).map(([, { stream }]) => stream.sync()));
  }

  /** A worker has a checkpoint of these partitions: what lies before the offsets is needed no more. */
  commit(pipeline: string, offsets: Readonly<Record<string, Offsets>>, partitions: ReadonlySet<number>): void {
    for (const [node, { stream, done }] of this.#of(pipeline)) {
      const reached = offsets[node];
      if (!reached) continue;
      for (const partition of partitions) done[partition] = reached[partition]!;
      stream.commit(GROUP, done).catch((cause: unknown) =>
        this.#options.log.warn("how far the journal was worked off is not kept", {
          pipeline,
          node,
          cause: messageOf(cause),
        }),
      );
    }
  }

  async close(): Promise<void> {
    for (const stream of this.#notes) await stream.close();
  }

  #add(name: string, stream: EmbeddedStream, begins: Offsets | undefined): void {
    const positions = new Positions(name, stream.partitions, stream.ends());
    const done = [...(stream.committed(GROUP) ?? stream.begins())];
    this.#streams.set(name, { stream, begins, positions, done });
  }

  /** The streams of a pipeline by the name of their node. */
  #of(pipeline: string): [string, Shared][] {
    const own = [...this.#streams].filter(([name]) => name.startsWith(`${pipeline}.`));
    return own.map(([name, shared]) => [name.slice(pipeline.length + 1), shared]);
  }
}
