import { Observable } from "rxjs";
import type { Log } from "../component/context.js";
import type { Gap, Offsets } from "../journal/journal.js";
import type { SharedStream } from "../journal/shared.js";
import type { Barrier, Emission } from "./emission.js";
import type { Admission } from "./queue.js";
import { readSource } from "./read-source.js";

export interface SharedSourceOptions {
  readonly stream: SharedStream;
  readonly partitions: ReadonlySet<number>;
  /** Where the run goes on. */
  readonly from: Offsets;
  /** Where the stream ended as the run began. */
  readonly ends: Offsets;
  readonly log: Log;
  /** Is told of each barrier and of the offsets that it stands at, before it flows. */
  readonly passing: (barrier: Barrier, offsets: Offsets) => void;
  /** The barrier behind the last element of a run that stops. */
  readonly last: () => Promise<Barrier | undefined>;
}

/**
 * Stands in the graph where a source does that another process reads, and gives out what that one keeps in the stream: our
 * partitions of it, from where they were left.
 */
export class SharedSource {
  readonly #options: SharedSourceOptions;
  /** Behind the last element of each partition that was given out. */
  readonly #reached: number[];
  #inject: ((emission: Emission) => void) | undefined;

  constructor(options: SharedSourceOptions) {
    this.#options = options;
    this.#reached = [...options.from];
  }

  /** Where a barrier would stand now; undefined while nothing flows. */
  get offsets(): Offsets | undefined {
    return this.#inject && [...this.#reached];
  }

  /** Whether all that was there as the run began has been given out. */
  get caughtUp(): boolean {
    const { partitions, ends } = this.#options;
    return [...partitions].every((partition) => this.#reached[partition]! >= ends[partition]!);
  }

  run(stop: AbortSignal, admission: Admission): Observable<Emission> {
    return new Observable((subscriber) => {
      this.#inject = (emission) => subscriber.next(emission);
      const end = (): void => (this.#inject = undefined);
      const subscription = readSource(() => this.#read(stop), admission).subscribe({
        next: (emission) => subscriber.next(emission),
        error: (cause: unknown) => {
          end();
          subscriber.error(cause);
        },
        complete: () => {
          void this.#options.last().then((barrier) => {
            if (barrier) this.barrier(barrier);
            end();
            subscriber.complete();
          });
        },
      });
      return () => {
        end();
        subscription.unsubscribe();
      };
    });
  }

  /** Ends an epoch here. Between two batches, each of which was given out whole. */
  barrier(barrier: Barrier): void {
    const { offsets } = this;
    if (!offsets || !this.#inject) return;
    this.#options.passing(barrier, offsets);
    this.#inject({ main: [], barrier });
  }

  async *#read(stop: AbortSignal): AsyncGenerator<Emission> {
    const { stream, partitions, from, log } = this.#options;
    const gap = ({ reason }: Gap): void => log.error("part of the stream is lost", { reason });
    for await (const { elements } of stream.read({ from, partitions }, stop, gap)) {
      for (const { position } of elements) this.#reached[position.partition] = position.offset + 1;
      yield { main: elements };
      if (stop.aborted) return;
    }
  }
}
