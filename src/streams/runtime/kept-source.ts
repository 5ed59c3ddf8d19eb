import { Observable } from "rxjs";
import type { Log } from "../component/context.js";
import type { Source } from "../component/definition.js";
import { messageOf } from "../component/errors.js";
import type { Chunk, Durability, Gap, JournalStream, Offsets } from "../journal/journal.js";
import type { Batch, Element } from "../record/record.js";
import type { Cancel, Clock } from "../time/clock.js";
import type { DeadLetters } from "./dead-letters.js";
import type { Barrier, Emission } from "./emission.js";
import { IdleWatch } from "./idle.js";
import type { Admission } from "./queue.js";
import { readSource } from "./read-source.js";
import { Recent } from "./recent.js";

/** A journal that cannot be written is tried again after so many ms. */
const TRY_AGAIN = 1_000;
/** What another instance could not acknowledge in its last moment comes again within so many ms. */
const LATELY = 60_000;
/** What stands in the journal for a mark. */
const NO_TEXT = "";

export interface KeptOptions {
  readonly stream: JournalStream;
  readonly durability: Durability;
  /** What other instances took in last, so many ms of it, where there are others. */
  readonly elsewhere?: ((span: number) => AsyncIterable<Chunk>) | undefined;
  /** Where the run goes on: what stands in the journal from here on was not worked off. */
  readonly from: Offsets;
  /** Up to where the source has heard its stream; absent: up to there. */
  readonly heard?: Offsets | undefined;
  readonly idle: IdleWatch | undefined;
  readonly recent: Recent;
  readonly letters: Pick<DeadLetters, "write" | "sync">;
  /** Processing time. */
  readonly clock: Clock;
  readonly log: Log;
  /** Is told of each barrier and of the offsets that it stands at, before it flows. */
  readonly passing: (barrier: Barrier, offsets: Offsets) => void;
  /** Waits for the other sources at the end of an epoch that stands in the journal; false where they do not all end it. */
  readonly meet: (epoch: number) => Promise<boolean>;
  /** There is no more to read of what was kept. */
  readonly leave: () => void;
  /** The barrier behind the last element of a run that stops. */
  readonly last: () => Promise<Barrier | undefined>;
}

/**
 * A source whose stream is kept: what an earlier run left behind in the journal comes first, then what the source reads,
 * each batch once it is in the journal. Asking the source for the next batch acknowledges the last, so what was not kept
 * comes again from the other side.
 *
 * While the journal cannot be written the batch at hand goes through the graph all the same, and no other is asked for: what
 * comes meanwhile is heard aside by those in a hurry alone, and stays unacknowledged.
 */
export class KeptSource {
  readonly #source: Source<unknown>;
  readonly #options: KeptOptions;
  /** Offsets of the first element that was not given out yet; undefined once the journal has been read to its end. */
  #reached: number[] | undefined;
  /** Elements that have been given out and are not in the journal, with their texts. */
  #owed: readonly Element[] = [];
  #owedTexts: readonly string[] = [];
  #inject: ((emission: Emission) => void) | undefined;

  constructor(source: Source<unknown>, options: KeptOptions) {
    this.#source = source;
    this.#options = options;
    this.#reached = [...options.from];
  }

  /** Where a barrier would stand now; undefined while none can. */
  get offsets(): Offsets | undefined {
    return this.#owed.length > 0 || this.#reached ? undefined : this.#options.stream.ends();
  }

  run(stop: AbortSignal, admission: Admission): Observable<Emission> {
    return new Observable((subscriber) => {
      const { idle, clock, last } = this.#options;
      this.#inject = (emission) => subscriber.next(emission);
      const cancel: Cancel | undefined = idle && clock.every(idle.every, () => this.#markIdle(idle));
      const end = (): void => {
        cancel?.();
        this.#inject = undefined;
      };
      const subscription = readSource(() => this.#read(stop), admission).subscribe({
        next: (emission) => subscriber.next(emission),
        error: (cause: unknown) => {
          end();
          subscriber.error(cause);
        },
        complete: () => {
          void last().then((barrier) => {
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

  /** Ends an epoch here, where `offsets` says that it can be. */
  barrier(barrier: Barrier): void {
    const { stream, clock, log, passing } = this.#options;
    const { offsets } = this;
    if (!offsets || !this.#inject) return;
    try {
      stream.appendEpoch(barrier.epoch, clock.now());
    } catch (cause) {
      // Others may be on their way with it already. Without it a replay has longer epochs, and nothing else changes.
      log.debug("an epoch is not in the journal", { epoch: barrier.epoch, cause: messageOf(cause) });
    }
    passing(barrier, offsets);
    this.#inject({ main: [], barrier });
  }

  /** Has something read that was rejected. False while the journal takes nothing: it was not read then. */
  again(place: string, text: string): boolean {
    const { idle, recent } = this.#options;
    if (!this.offsets || !this.#inject || !this.#source.again) return false;
    const batch = this.#source.again(place, text);
    if (batch.length === 0) return true;
    const texts = this.#source.texts?.() ?? [];
    idle?.see(batch);
    recent.note(batch, texts);
    this.#takeIn(batch, texts);
    return true;
  }

  async *#read(stop: AbortSignal): AsyncGenerator<Emission> {
    const { leave } = this.#options;
    stop.addEventListener("abort", leave);
    try {
      await this.#hearAgain();
      yield* this.#readKept(stop);
      // Behind our own: what they heard is later than what we did.
      if (!stop.aborted) await this.#hearOthers();
    } finally {
      stop.removeEventListener("abort", leave);
      leave();
    }
    if (stop.aborted) return;
    this.#reached = undefined;
    yield* this.#readOn(stop);
  }

  /**
   * What others took in while they stood in our place is worked on already, but their printers may fall silent now, and what
   * they could not acknowledge comes to us.
   */
  async #hearOthers(): Promise<void> {
    const { elsewhere, idle, recent, log } = this.#options;
    if (!elsewhere) return;
    try {
      for await (const { elements, texts } of elsewhere(Math.max(LATELY, idle?.after ?? 0))) {
        this.#source.recall?.(elements);
        idle?.see(elements);
        recent.addOthers(elements, texts);
      }
    } catch (cause) {
      log.warn("what other instances took in last is not known", { cause: messageOf(cause) });
    }
  }

  /** Workers had come further than the source that they read from, when all were killed. */
  async #hearAgain(): Promise<void> {
    const { stream, from, heard, idle } = this.#options;
    if (!heard?.some((offset, partition) => offset < from[partition]!)) return;
    const offsets = from.map((offset, partition) => Math.min(offset, heard[partition]!));
    for await (const { elements } of stream.read({ from: { offsets }, until: from })) {
      this.#source.recall?.(elements);
      idle?.see(elements);
    }
  }

  async *#readKept(stop: AbortSignal): AsyncGenerator<Emission> {
    const { stream, from, idle, log, passing, meet } = this.#options;
    const until = stream.ends();
    const left = until.reduce((sum, end, i) => sum + end - from[i]!, 0);
    if (left > 0) log.info("going on with what the journal holds", { elements: left });
    const reached = this.#reached!;
    for await (const { elements, epoch } of stream.read({ from: { offsets: from }, until }, (gap) =>
      this.#sayGap(gap),
    )) {
      if (stop.aborted) return;
      if (epoch !== undefined) {
        if (!(await meet(epoch))) continue;
        const barrier = { epoch };
        passing(barrier, [...reached]);
        yield { main: [], barrier };
        continue;
      }
      for (const { position } of elements) reached[position.partition] = position.offset + 1;
      this.#source.recall?.(elements);
      idle?.see(elements);
      yield { main: elements };
    }
  }

  async *#readOn(stop: AbortSignal): AsyncGenerator<Emission> {
    const { stream, durability, idle, recent, letters } = this.#options;
    for await (const batch of this.#source.read(stop)) {
      if ("epoch" in batch) throw new Error("a source that tells of epochs is kept already");
      const texts = this.#source.texts?.() ?? [];
      idle?.see(batch);
      if (batch.length > 0) this.#append(batch, texts);
      recent.note(batch, texts);
      yield { main: batch };
      // What was refused of it is kept before it is acknowledged.
      letters.write();
      if (this.#owed.length > 0) await this.#makeUp(stop);
      if (stop.aborted) return;
      if (durability === "fsync") await Promise.all([stream.sync(), letters.sync()]);
    }
  }

  /** Tries again until nothing is owed, and meanwhile lets those in a hurry hear what comes. */
  async #makeUp(stop: AbortSignal): Promise<void> {
    const over = new AbortController();
    const aside = this.#readAside(AbortSignal.any([stop, over.signal]));
    while (this.#owed.length > 0 && !stop.aborted) {
      await this.#options.clock.sleep(TRY_AGAIN, stop);
      this.#append([], []);
    }
    over.abort();
    await aside;
  }

  async #readAside(stop: AbortSignal): Promise<void> {
    try {
      for await (const main of this.#source.aside?.(stop) ?? []) this.#inject?.({ main, aside: true });
    } catch (cause) {
      this.#options.log.error("nothing is read meanwhile", { cause: messageOf(cause) });
    }
  }

  #append(elements: readonly Element[], texts: readonly string[]): void {
    const { stream, clock, log } = this.#options;
    const owing = this.#owed.length > 0;
    const all = owing ? [...this.#owed, ...elements] : elements;
    const allTexts = owing ? [...this.#owedTexts, ...texts] : texts;
    try {
      stream.append(all, allTexts, clock.now());
      if (owing) log.info("the journal is written again");
      this.#owed = this.#owedTexts = [];
    } catch (cause) {
      if (!owing) log.error("the journal cannot be written, the broker keeps what comes", { cause: messageOf(cause) });
      this.#owed = all;
      this.#owedTexts = allTexts;
    }
  }

  #markIdle(idle: IdleWatch): void {
    if (!this.offsets) return;
    const marks = idle.due();
    if (marks.length === 0) return;
    this.#takeIn(
      marks,
      marks.map(() => NO_TEXT),
    );
  }

  /** Takes in what comes by no batch of the source: not in the middle of the stream. */
  #takeIn(batch: Batch, texts: readonly string[]): void {
    this.#append(batch, texts);
    this.#inject?.({ main: batch });
  }

  #sayGap({ reason }: Gap): void {
    this.#options.log.error("part of the journal is lost", { reason });
  }
}
