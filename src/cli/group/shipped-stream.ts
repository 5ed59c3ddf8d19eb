import type { Shipper } from "../../connections/nats/shipper.js";
import type { Chunk, Gap, JournalStream, Offsets, ReadOptions } from "../../streams/journal/journal.js";
import { DisconnectedError } from "../../streams/component/errors.js";
import type { Element } from "../../streams/record/record.js";

/** The journal of this machine, of which everything is sent on. Whoever opened it closes it: it is sent on between runs too. */
export class ShippedStream implements JournalStream {
  readonly #stream: JournalStream;
  readonly #shipper: Pick<Shipper, "appended">;
  readonly #mayTakeIn: () => boolean;

  /** @param mayTakeIn asked before each append; where it may not, the append fails */
  constructor(stream: JournalStream, shipper: Pick<Shipper, "appended">, mayTakeIn: () => boolean) {
    this.#stream = stream;
    this.#shipper = shipper;
    this.#mayTakeIn = mayTakeIn;
  }

  get name(): string {
    return this.#stream.name;
  }

  get partitions(): number {
    return this.#stream.partitions;
  }

  append(elements: readonly Element[], texts: readonly string[], arrived: number): void {
    if (!this.#mayTakeIn()) throw new DisconnectedError("another instance may read by now");
    this.#stream.append(elements, texts, arrived);
    if (elements.length > 0) this.#shipper.appended({ elements, texts, arrived });
  }

  begins = (): Offsets => this.#stream.begins();
  ends = (): Offsets => this.#stream.ends();
  appendEpoch = (epoch: number, arrived: number): void => this.#stream.appendEpoch(epoch, arrived);
  sync = (): Promise<void> => this.#stream.sync();
  read = (options: ReadOptions, gap?: (gap: Gap) => void): AsyncIterable<Chunk> => this.#stream.read(options, gap);
  commit = (group: string, offsets: Offsets): Promise<void> => this.#stream.commit(group, offsets);
  committed = (group: string): Offsets | undefined => this.#stream.committed(group);
  close = (): Promise<void> => Promise.resolve();
}
