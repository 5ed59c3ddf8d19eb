import type { Chunk, Offsets } from "../journal/journal.js";
import type { SharedNotes, SharedRead, SharedStream } from "../journal/shared.js";
import type { JsonValue } from "../record/json.js";
import { partitionOf, Positions } from "../record/partition.js";
import type { Element } from "../record/record.js";
import type { Entry, Header, OwnEntry } from "../runtime/checkpoint/checkpoint.js";
import type { LeftState, Share, SharedStates } from "../runtime/share.js";

interface Stream {
  readonly elements: Element[];
  readonly positions: Positions;
  /** Nothing behind so many elements is given out. */
  stall: number;
}

interface Left {
  readonly header: Header;
  readonly entries: readonly (Entry | OwnEntry)[];
}

/** What runs of one test share, in memory: streams, and the newest state of each partition. */
export class Commons {
  /** How many were taken. */
  checkpoints = 0;
  readonly #partitions: number;
  readonly #streams = new Map<string, Stream>();
  readonly #notes: { readonly partition: number; readonly value: JsonValue }[] = [];
  readonly #left = new Map<number, Left>();
  /** Who has each partition. */
  readonly #owners = new Map<number, object>();
  #waiting: (() => void)[] = [];

  constructor(partitions: number) {
    this.#partitions = partitions;
  }

  /** Puts a record of each of these keys into a stream. */
  give(name: string, ...keys: string[]): void {
    const { elements, positions } = this.#stream(name);
    for (const key of keys) elements.push({ key, eventTime: 1000, value: { n: 1 }, position: positions.next(key) });
    this.#wake();
  }

  stall(name: string, after: number): void {
    this.#stream(name).stall = after;
    this.#wake();
  }

  /** Takes a partition away from whoever has it; that one is not told. */
  take(partition: number): void {
    this.#owners.set(partition, {});
  }

  /** These partitions are one run's now. */
  share(partitions: readonly number[]): Share {
    const owner = {};
    for (const partition of partitions) this.#owners.set(partition, owner);
    const owns = (partition: number): boolean => this.#owners.get(partition) === owner;
    return {
      partitions: new Set(partitions),
      owns,
      stream: (name) => Promise.resolve(this.#shared(name)),
      notes: () => Promise.resolve(this.#notebook()),
      states: () => Promise.resolve(this.#states(partitions, owns)),
    };
  }

  #stream(name: string): Stream {
    const positions = new Positions("in", this.#partitions);
    const stream = this.#streams.get(name) ?? { elements: [], positions, stall: Infinity };
    this.#streams.set(name, stream);
    return stream;
  }

  #wake(): void {
    for (const go of this.#waiting.splice(0)) go();
  }

  #shared(name: string): SharedStream {
    const stream = this.#stream(name);
    const each = (count: (partition: number) => number): Promise<Offsets> =>
      Promise.resolve(Array.from({ length: this.#partitions }, (_, partition) => count(partition)));
    return {
      partitions: this.#partitions,
      begins: () => each(() => 0),
      ends: () => each((p) => stream.elements.filter(({ position }) => position.partition === p).length),
      read: (read, stop) => this.#read(stream, read, stop),
      commit: () => Promise.resolve(),
    };
  }

  async *#read(stream: Stream, { from, partitions }: SharedRead, stop: AbortSignal): AsyncGenerator<Chunk> {
    stop.addEventListener("abort", () => this.#wake());
    const stopped = (): boolean => stop.aborted;
    for (let at = 0; !stopped(); at++) {
      while (at >= Math.min(stream.elements.length, stream.stall) && !stopped())
        await new Promise<void>((go) => this.#waiting.push(go));
      const element = stream.elements[at];
      if (stopped() || !element) return;
      const { partition, offset } = element.position;
      if (!partitions.has(partition) || offset < from[partition]!) continue;
      yield { arrived: 0, elements: [element], texts: [JSON.stringify(element.value)] };
    }
  }

  #notebook(): SharedNotes {
    const notes = this.#notes;
    return {
      partitions: this.#partitions,
      begins: () => Promise.resolve(new Array<number>(this.#partitions).fill(0)),
      async *read({ from, partitions }) {
        for (const [i, { partition, value }] of notes.entries())
          if (partitions.has(partition) && i >= from[partition]!) yield { partition, next: i + 1, value };
      },
      append: (key, value) => {
        notes.push({ partition: partitionOf(key, this.#partitions), value });
        return Promise.resolve(notes.length);
      },
    };
  }

  #states(partitions: readonly number[], owns: (partition: number) => boolean): SharedStates {
    return {
      load: () =>
        Promise.resolve(
          partitions.flatMap((partition): LeftState[] => {
            const left = this.#left.get(partition);
            if (!left) return [];
            const { header, entries } = left;
            const ours = entries.filter(
              (entry) => entry.length === 2 || partitionOf(entry[2], this.#partitions) === partition,
            );
            return [{ header, partitions: new Set([partition]), entries: () => arrayOf(ours) }];
          }),
        ),
      begin: (header) => {
        const entries: (Entry | OwnEntry)[] = [];
        return Promise.resolve({
          line: (entry) => void entries.push(entry),
          due: false,
          write: () => Promise.resolve(),
          finish: () => {
            this.checkpoints++;
            for (const partition of partitions) if (owns(partition)) this.#left.set(partition, { header, entries });
            return Promise.resolve();
          },
          abandon: () => Promise.resolve(),
        });
      },
    };
  }
}

async function* arrayOf<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}
