import { setImmediate } from "node:timers/promises";
import type { Log } from "../../component/context.js";
import type { Stateful } from "../../component/definition.js";
import { messageOf } from "../../component/errors.js";
import type { Offsets } from "../../journal/journal.js";
import { timeText } from "../../record/timestamp.js";
import type { Cancel, Clock } from "../../time/clock.js";
import type { Cut } from "../../time/cut.js";
import type { Barrier } from "../emission.js";
import { type Entry, type Header, type Make, type OwnEntry, VERSION } from "./checkpoint.js";
import type { CheckpointFiles } from "./file.js";

/** A sink whose other side does not take what is before a barrier within so many ms puts it on disk. */
const PATIENCE = 2_000;
/** Saving state gives way to the stream after so many ms. */
const TURN = 1;
/** Checkpoints take at most this share of the time: where state is large they come less often. */
const SHARE = 0.02;

/** A source at whose end in the journal a barrier can be put. */
export interface Origin {
  readonly name: string;
  /** Where a barrier would stand now; undefined while none can. */
  readonly offsets: Offsets | undefined;
  barrier(barrier: Barrier): void;
  /** What lies before the offsets is not needed any more for a restart. */
  commit(offsets: Offsets): Promise<void>;
}

/** A sink that can put on disk what its other side does not take. */
export interface Outlet {
  readonly name: string;
  spill(): void;
}

export interface CheckpointerOptions {
  readonly pipeline: string;
  readonly files: CheckpointFiles;
  /** Nodes with state: how it was made. */
  readonly makes: Readonly<Record<string, Make>>;
  /** Every node that a barrier passes, sources left out. */
  readonly nodes: readonly string[];
  /** ms from the end of one checkpoint to the beginning of the next, at least. */
  readonly interval: number;
  readonly clock: Clock;
  readonly log: Log;
}

/** A checkpoint in the making. */
interface Taking {
  readonly epoch: number;
  readonly began: number;
  readonly offsets: Map<string, Offsets>;
  readonly cuts: { readonly node: string; readonly state: string; readonly cut: Cut }[];
  readonly own: OwnEntry[];
  /** Nodes that the barrier has not passed. */
  readonly awaited: Set<string>;
  readonly cancelPatience: Cancel;
}

/**
 * Takes checkpoints of one pipeline while it runs: sends a barrier through the graph, cuts the state of each node as it
 * passes, and writes it down piece by piece between batches. One at a time. A checkpoint counts once every sink has what was
 * before the barrier, written or on its disk, and the file is whole.
 */
export class Checkpointer {
  readonly #options: CheckpointerOptions;
  readonly #origins: Origin[] = [];
  readonly #outlets: Outlet[] = [];
  #epoch: number;
  #taking: Taking | undefined;
  #writing: Promise<void> | undefined;
  #last = -Infinity;
  #pause: number;
  #timer: Cancel | undefined;
  #stopping = false;

  /** @param epoch the newest that is known */
  constructor(options: CheckpointerOptions, epoch: number) {
    this.#options = options;
    this.#epoch = epoch;
    this.#pause = options.interval;
  }

  add(origin: Origin): void {
    this.#origins.push(origin);
  }

  addOutlet(outlet: Outlet): void {
    this.#outlets.push(outlet);
  }

  start(): void {
    const { clock, interval } = this.#options;
    this.#last = clock.now();
    this.#timer = clock.every(interval / 4, () => this.#look());
  }

  /** The barrier behind the last element, the same for every source. */
  last(): Barrier | undefined {
    if (!this.#stopping) {
      this.#timer?.();
      this.#stopping = true;
      if (!this.#taking) this.#epoch++;
    }
    return this.#taking && this.#taking.epoch !== this.#epoch ? undefined : { epoch: this.#epoch };
  }

  /** Resolves when the checkpoint that is being taken is on disk or has failed. */
  async settled(): Promise<void> {
    this.#timer?.();
    if (this.#taking && !this.#writing) this.#drop("the run ended before the barrier had passed every node");
    await this.#writing;
  }

  sourcePassed(name: string, { epoch }: Barrier, offsets: Offsets, stateful: Stateful): void {
    this.#epoch = Math.max(this.#epoch, epoch);
    if (!this.#taking && (this.#stopping || this.#due)) this.#begin(epoch);
    if (this.#taking?.epoch !== epoch) return;
    this.#taking.offsets.set(name, offsets);
    this.#cut(this.#taking, name, stateful);
  }

  /** A node has worked on all that is in front of the barrier, and on nothing behind it. */
  nodePassed(name: string, { epoch }: Barrier, stateful: Stateful): void {
    const taking = this.#taking;
    if (taking?.epoch !== epoch) return;
    this.#cut(taking, name, stateful);
    taking.awaited.delete(name);
    if (taking.awaited.size === 0) this.#writing = this.#write(taking);
  }

  get #due(): boolean {
    return this.#options.clock.now() - this.#last >= this.#pause;
  }

  #look(): void {
    if (this.#taking || !this.#due) return;
    if (this.#origins.some(({ offsets }) => offsets === undefined)) return;
    const barrier = { epoch: this.#epoch + 1 };
    for (const origin of this.#origins) origin.barrier(barrier);
  }

  #begin(epoch: number): void {
    const { nodes, clock } = this.#options;
    const awaited = new Set(nodes);
    const cancelPatience = clock.after(PATIENCE, () => {
      for (const outlet of this.#outlets) if (awaited.has(outlet.name)) outlet.spill();
    });
    this.#taking = { epoch, began: clock.now(), offsets: new Map(), cuts: [], own: [], awaited, cancelPatience };
  }

  #cut({ cuts, own }: Taking, node: string, { state = {}, ownState }: Stateful): void {
    for (const [name, keyed] of Object.entries(state)) cuts.push({ node, state: name, cut: keyed.cut() });
    if (ownState) own.push([node, ownState.save()]);
  }

  async #write(taking: Taking): Promise<void> {
    const { files, log, clock, interval } = this.#options;
    try {
      const writer = await files.begin(this.#headerOf(taking));
      let spent: number;
      try {
        for (const entry of taking.own) writer.line(entry);
        spent = await pull(
          taking,
          (entry) => writer.line(entry),
          async () => {
            if (writer.due) await writer.write();
          },
        );
      } catch (cause) {
        await writer.abandon();
        throw cause;
      }
      await writer.finish();
      for (const origin of this.#origins) await origin.commit(taking.offsets.get(origin.name)!);
      this.#pause = Math.max(interval, spent / SHARE);
      log.debug("checkpoint", { epoch: taking.epoch, ms: clock.now() - taking.began, keys: taking.cuts.length });
    } catch (cause) {
      log.error("checkpoint failed, a restart goes back to the one before", { cause: messageOf(cause) });
    } finally {
      release(taking);
      this.#last = clock.now();
      this.#taking = this.#writing = undefined;
    }
  }

  #headerOf({ epoch, offsets }: Taking): Header {
    const { pipeline, makes, clock } = this.#options;
    const taken_at = timeText(clock.now());
    return { version: VERSION, pipeline, epoch, taken_at, offsets: Object.fromEntries(offsets), nodes: makes };
  }

  #drop(reason: string): void {
    release(this.#taking!);
    this.#options.log.warn("checkpoint given up", { epoch: this.#taking!.epoch, reason });
    this.#taking = undefined;
  }
}

function release({ cuts, cancelPatience }: Taking): void {
  cancelPatience();
  for (const { cut } of cuts) cut.abandon();
}

/** Saves all cuts, and says how many ms of the thread that took. */
async function pull({ cuts }: Taking, take: (entry: Entry) => void, rest: () => Promise<void>): Promise<number> {
  let spent = 0;
  let began = performance.now();
  for (const { node, state, cut } of cuts) {
    for (let entry = cut.pull(); entry; entry = cut.pull()) {
      take([node, state, ...entry]);
      const now = performance.now();
      if (now - began < TURN) continue;
      spent += now - began;
      await rest();
      await setImmediate();
      began = performance.now();
    }
  }
  return spent + performance.now() - began;
}
