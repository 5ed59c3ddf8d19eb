import type { Element } from "../record/record.js";
import type { Chunk, Gap, JournalStream, Offsets, ReadOptions } from "./journal.js";

/** A stream in the place of another, to which it leaves all that a class of its own does not do otherwise. */
export class StreamAround implements JournalStream {
  readonly #stream: JournalStream;

  constructor(stream: JournalStream) {
    this.#stream = stream;
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

  commit(group: string, offsets: Offsets): Promise<void> {
    return this.#stream.commit(group, offsets);
  }

  committed(group: string): Offsets | undefined {
    return this.#stream.committed(group);
  }

  close(): Promise<void> {
    return this.#stream.close();
  }
}
