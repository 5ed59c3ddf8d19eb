import type { Written } from "../../streams/journal/embedded/segment.js";
import type { EmbeddedStream } from "../../streams/journal/embedded/stream.js";
import type { Chunk, Gap, JournalStream, Offsets, ReadOptions } from "../../streams/journal/journal.js";
import type { Element } from "../../streams/record/record.js";

/** A stream that tells of what is appended, and leaves it to others to say what is needed no more. */
export class GrowingStream implements JournalStream {
  readonly #stream: EmbeddedStream;
  readonly #grown: (written: Written) => void;

  constructor(stream: EmbeddedStream, grown: (written: Written) => void) {
    this.#stream = stream;
    this.#grown = grown;
  }

  get name(): string {
    return this.#stream.name;
  }

  get partitions(): number {
    return this.#stream.partitions;
  }

  begins(): Offsets {
    return this.#stream.begins();
  }

  ends(): Offsets {
    return this.#stream.ends();
  }

  append(elements: readonly Element[], texts: readonly string[], arrived: number): void {
    this.#stream.append(elements, texts, arrived);
    const { written } = this.#stream;
    if (written) this.#grown(written);
  }

  appendEpoch(epoch: number, arrived: number): void {
    this.#stream.appendEpoch(epoch, arrived);
  }

  sync(): Promise<void> {
    return this.#stream.sync();
  }

  read(options: ReadOptions, gap?: (gap: Gap) => void): AsyncIterable<Chunk> {
    return this.#stream.read(options, gap);
  }

  /** Workers read what the sources give: only they know what is done with. */
  commit(): Promise<void> {
    return Promise.resolve();
  }

  committed(group: string): Offsets | undefined {
    return this.#stream.committed(group);
  }

  close(): Promise<void> {
    return this.#stream.close();
  }
}
