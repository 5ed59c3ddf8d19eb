import type { Log } from "../component/context.js";
import { ConfigError, FatalError, messageOf } from "../component/errors.js";
import type { Clock } from "../time/clock.js";

/** Partitions rarely change hands one by one: what changes within so many ms is one change. */
const TOGETHER = 100;
/** A run that could not be opened, for want of a server say, is opened again after so many ms. */
const TRY_AGAIN = 1_000;

/** A run as far as this is concerned. */
export interface Generation {
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Our partitions, each with the epoch in which we own it. */
export type Owned = ReadonlyMap<number, number>;

export interface GenerationsOptions<G extends Generation> {
  /**
   * Opens a run of these partitions. A ConfigError or a FatalError ends it all; after any other it is tried again, with the
   * partitions that are ours by then.
   */
  readonly open: (owned: Owned) => Promise<G>;
  /** Whose partitions these are, for the log. */
  readonly group: string;
  /** Told of what ends it all. */
  readonly fail: (cause: unknown) => void;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * One run after the other, each with the partitions that are ours then. A run has the same from its first moment to its last,
 * so when some come or go the one that is there is stopped, takes its last checkpoint, and another goes on from that.
 */
export class Generations<G extends Generation> {
  readonly #options: GenerationsOptions<G>;
  readonly #owned = new Map<number, number>();
  #working: Owned = new Map();
  #run: G | undefined;
  #ended: Promise<void> = Promise.resolve();
  #turning: Promise<void> | undefined;
  /** Those who wait for the run that is there to be over. */
  readonly #waiting: (() => void)[] = [];
  #failed = false;

  constructor(options: GenerationsOptions<G>) {
    this.#options = options;
  }

  /** The run that is there; undefined between two, and while nothing is ours. */
  get current(): G | undefined {
    return this.#run;
  }

  gained(partition: number, epoch: number): void {
    this.#owned.set(partition, epoch);
    this.#turn();
  }

  lost(partition: number): void {
    this.#owned.delete(partition);
    this.#turn();
  }

  /** Resolves when nothing is done for this partition any more and what was done is kept. */
  async release(partition: number): Promise<void> {
    this.#owned.delete(partition);
    this.#turn();
    while (this.#working.has(partition)) await new Promise<void>((go) => this.#waiting.push(go));
  }

  /** Resolves when what was gained and lost so far has been seen to. */
  async settled(): Promise<void> {
    await this.#turning;
  }

  /** Stops the run that is there. */
  async close(): Promise<void> {
    this.#owned.clear();
    this.#turn();
    await this.#turning;
  }

  #turn(): void {
    this.#turning ??= this.#change().finally(() => {
      this.#turning = undefined;
      if (!this.#failed && !same(this.#owned, this.#working)) this.#turn();
    });
  }

  async #change(): Promise<void> {
    const { clock } = this.#options;
    while (!this.#failed && !same(this.#owned, this.#working)) {
      if (this.#owned.size > 0) await clock.sleep(TOGETHER);
      await this.#stop();
      if (this.#owned.size > 0) await this.#begin(new Map(this.#owned));
    }
    if (this.#failed) await this.#stop();
  }

  async #stop(): Promise<void> {
    const run = this.#run;
    this.#run = undefined;
    await run?.stop();
    // Whatever it had open is another's from here on, a folder on disk say.
    await this.#ended;
    this.#rest();
  }

  #rest(): void {
    this.#working = new Map();
    for (const go of this.#waiting.splice(0)) go();
  }

  async #begin(owned: Owned): Promise<void> {
    const { open, clock, log, group } = this.#options;
    this.#working = owned;
    try {
      const run = await open(owned);
      this.#run = run;
      this.#ended = run.start().catch((cause: unknown) => this.#fail(cause));
      log.info("working on partitions", { group, partitions: owned.size });
    } catch (cause) {
      this.#rest();
      if (cause instanceof ConfigError || cause instanceof FatalError) {
        this.#fail(cause);
        return;
      }
      log.warn("partitions cannot be worked on, trying again", { group, cause: messageOf(cause) });
      await clock.sleep(TRY_AGAIN);
    }
  }

  #fail(cause: unknown): void {
    if (this.#failed) return;
    this.#failed = true;
    this.#options.fail(cause);
  }
}

function same(one: Owned, other: Owned): boolean {
  return one.size === other.size && [...one].every(([partition, epoch]) => other.get(partition) === epoch);
}
