import type { Log } from "../../component/context.js";
import type { Stateful } from "../../component/definition.js";
import { messageOf } from "../../component/errors.js";
import type { Offsets } from "../../journal/journal.js";
import { timeText } from "../../record/timestamp.js";
import type { Cancel, Clock } from "../../time/clock.js";
import type { Barrier } from "../emission.js";
import type { StateWriter } from "../share.js";
import { type Header, type Make, VERSION } from "./checkpoint.js";
import { Meeting } from "./meeting.js";
import { type Outlet, Taking } from "./taking.js";

/** Whether a checkpoint is due is looked at every so many ms. */
const LOOK = 250;
/** The first may come after so many ms: before, it would say what the one says that the run began with. */
const FIRST = 1_000;
/** A run that stops waits so many ms for the checkpoint that is being taken, before it takes the last. */
const LAST_WAIT = 1_000;
/** Checkpoints take at most this share of the time: where state is large they come less often. */
const SHARE = 0.02;
/** Saving state gives way to the stream after so many ms. */
const TURN = 1;
/**
 * While there is old work to catch up with, they may come after so many ms, and take this share; and nobody is kept waiting
 * for an answer by longer turns, without which most of the time goes by between two of them.
 */
const BEHIND = { pause: 500, share: 0.1, turn: 10 };

/** The consumer of the journal that a checkpoint speaks for. */
export const GROUP = "pipeline";

/** A source at whose end in the journal a barrier can be put. */
export interface Origin {
  readonly name: string;
  /** Where a barrier would stand now; undefined while none can. */
  readonly offsets: Offsets | undefined;
  /** Whether it has given out once more all that an earlier run may have worked on. */
  readonly caughtUp: boolean;
  barrier(barrier: Barrier): void;
  /** What lies before the offsets is not needed any more for a restart. */
  commit(offsets: Offsets): Promise<void>;
  /** Resolves when what the checkpoint speaks of survives a power cut. */
  sync(): Promise<void>;
}

/** A stream that a node notes in what it does. */
export interface Notes {
  /** Where this run read its notes from. */
  readonly from: Offsets;
  ends(): Offsets;
  /** What lies before the offsets is in a checkpoint. */
  commit(offsets: Offsets): Promise<void>;
}

export interface CheckpointerOptions {
  readonly pipeline: string;
  /** Where checkpoints go. */
  readonly files: { begin(header: Header): Promise<StateWriter> };
  /** Nodes with state: how it was made. */
  readonly makes: Readonly<Record<string, Make>>;
  /** Every node that a barrier passes, sources left out. */
  readonly nodes: readonly string[];
  /** ms from the end of one checkpoint to the beginning of the next, at least. */
  readonly interval: number;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Takes checkpoints of one pipeline while it runs: sends a barrier through the graph, cuts the state of each node as it
 * passes, and writes it down piece by piece between batches. One at a time. A checkpoint counts once every sink has what was
 * before the barrier, written or on its disk, and the file is whole.
 */
export class Checkpointer {
  /** Of the sources, while they read what was kept. */
  readonly meeting = new Meeting();
  readonly #options: CheckpointerOptions;
  readonly #origins: Origin[] = [];
  readonly #outlets: Outlet[] = [];
  readonly #notes = new Map<string, Notes>();
  #epoch: number;
  #taking: Taking | undefined;
  #writing: Promise<void> | undefined;
  /** When the last one ended, or the run began. */
  #rested = 0;
  #taken = false;
  #last: Promise<Barrier | undefined> | undefined;
  #pause: number;
  /** What the last one took, ms. */
  #spent = 0;
  #timer: Cancel | undefined;
  #stopping = false;
  /** Whether the journal has been read to its end, and a barrier stands behind all that was ever noted. */
  #upToDate = false;
  /** Who waits for a checkpoint of a later epoch than theirs. */
  #waiting: { readonly epoch: number; readonly go: () => void }[] = [];

  /** @param epoch the newest that is known */
  constructor(options: CheckpointerOptions, epoch: number) {
    this.#options = options;
    this.#epoch = epoch;
    this.#pause = options.interval;
  }

  add(origin: Origin): void {
    this.#origins.push(origin);
    this.meeting.join(origin.name);
  }

  /**
   * What lies before a barrier is in the state of the node. While the journal is worked through once more, an earlier run may
   * have noted things that come behind the barrier: then all notes are read again.
   */
  addNotes(node: string, notes: Notes): void {
    this.#notes.set(node, notes);
  }

  addOutlet(outlet: Outlet): void {
    this.#outlets.push(outlet);
  }

  /** Whether a barrier can be put behind what every source has given out. */
  get ready(): boolean {
    return this.#origins.every(({ offsets }) => offsets !== undefined);
  }

  /** Whether what comes now has never been worked on. */
  get caughtUp(): boolean {
    return this.ready && this.#origins.every(({ caughtUp }) => caughtUp);
  }

  /** Resolves when a checkpoint that begins from now on counts. Never, where the run ends without one. */
  next(): Promise<void> {
    return new Promise((go) => this.#waiting.push({ epoch: this.#epoch, go }));
  }

  start(): void {
    const { clock, interval } = this.#options;
    this.#rested = clock.now();
    // The first comes as soon as the journal has been read to its end, so that this need not be done again.
    this.#timer = clock.every(Math.min(LOOK, interval / 4), () => this.#look());
  }

  /** The barrier behind the last element, the same for every source; undefined where there will be no checkpoint. */
  last(): Promise<Barrier | undefined> {
    this.#last ??= this.#makeLast();
    return this.#last;
  }

  async #makeLast(): Promise<Barrier | undefined> {
    const { clock } = this.#options;
    this.#timer?.();
    const over = new AbortController();
    void this.#taking?.done.then(() => over.abort());
    if (this.#taking) await clock.sleep(LAST_WAIT, over.signal);
    if (this.#taking || !this.ready) return undefined;
    this.#stopping = true;
    return { epoch: ++this.#epoch };
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
    this.#passed(this.#taking, name, stateful);
  }

  /** A node has worked on all that is in front of the barrier, and on nothing behind it. */
  nodePassed(name: string, { epoch }: Barrier, stateful: Stateful): void {
    const taking = this.#taking;
    if (taking?.epoch !== epoch) return;
    const notes = this.#notes.get(name);
    if (notes) taking.offsets.set(name, this.#upToDate ? notes.ends() : notes.from);
    this.#passed(taking, name, stateful);
  }

  get #due(): boolean {
    const since = this.#options.clock.now() - this.#rested;
    // A clock that was set back says nothing of how long ago that was.
    return since >= this.#least || since < 0;
  }

  /** ms to let pass before the next. */
  get #least(): number {
    const { caughtUp } = this;
    if (!this.#taken) return caughtUp ? 0 : FIRST;
    if (caughtUp) return this.#pause;
    // One that is killed again before it has caught up would do all of it once more.
    return Math.min(this.#pause, Math.max(BEHIND.pause, this.#spent / BEHIND.share));
  }

  #look(): void {
    if (this.#taking || !this.#due) return;
    if (!this.ready) return;
    this.#upToDate ||= this.caughtUp;
    const barrier = { epoch: this.#epoch + 1 };
    for (const origin of this.#origins) origin.barrier(barrier);
  }

  #begin(epoch: number): void {
    const { nodes, clock } = this.#options;
    const all = [...this.#origins.map(({ name }) => name), ...nodes];
    this.#taking = new Taking({ epoch, nodes: all, outlets: this.#outlets, clock });
  }

  #passed(taking: Taking, node: string, stateful: Stateful): void {
    if (taking.passed(node, stateful)) this.#writing = this.#write(taking);
  }

  async #write(taking: Taking): Promise<void> {
    const { files, log, clock, interval } = this.#options;
    try {
      const writer = await files.begin(this.#headerOf(taking));
      let spent: number;
      try {
        spent = await taking.write(writer, this.caughtUp ? TURN : BEHIND.turn);
        await Promise.all([...this.#origins, ...this.#outlets].map((each) => each.sync()));
        await writer.finish();
      } catch (cause) {
        await writer.abandon();
        throw cause;
      }
      for (const origin of this.#origins) await origin.commit(taking.offsets.get(origin.name)!);
      for (const [name, notes] of this.#notes) await notes.commit(taking.offsets.get(name)!);
      this.#wake(taking.epoch);
      this.#spent = spent;
      this.#pause = Math.max(interval, spent / SHARE);
      log.debug("checkpoint", { epoch: taking.epoch, ms: clock.now() - taking.began, states: taking.states });
    } catch (cause) {
      log.error("checkpoint failed, a restart goes back to the one before", { cause: messageOf(cause) });
    } finally {
      this.#rested = clock.now();
      this.#taken = true;
      this.#taking = this.#writing = undefined;
      taking.release();
    }
  }

  #wake(epoch: number): void {
    const waiting = this.#waiting;
    this.#waiting = waiting.filter((each) => each.epoch >= epoch);
    for (const each of waiting) if (each.epoch < epoch) each.go();
  }

  #headerOf({ epoch, offsets }: Taking): Header {
    const { pipeline, makes, clock } = this.#options;
    const taken_at = timeText(clock.now());
    return { version: VERSION, pipeline, epoch, taken_at, offsets: Object.fromEntries(offsets), nodes: makes };
  }

  #drop(reason: string): void {
    const taking = this.#taking!;
    this.#taking = undefined;
    taking.release();
    this.#options.log.warn("checkpoint given up", { epoch: taking.epoch, reason });
  }
}
