import { join } from "node:path";
import type { Log } from "../../streams/component/context.js";
import { messageOf } from "../../streams/component/errors.js";
import type { Written } from "../../streams/journal/embedded/segment.js";
import { Layout } from "../../streams/runtime/checkpoint/layout.js";
import type { LetterBox } from "../../streams/runtime/dead-letters.js";
import type { NodeStatus } from "../../streams/runtime/metrics.js";
import type { Answer, Returning } from "../../streams/runtime/retry.js";
import type { Clock } from "../../streams/time/clock.js";
import type { Topology } from "../../streams/topology/topology.js";
import { type FromWorker, type Orders, partitionsOf, type ToWorker } from "./messages.js";
import { type OpenStream, SharedJournal } from "./shared-journal.js";
import { together } from "./totals.js";
import { Worker } from "./worker.js";

/** Workers are told of what was appended no more often than this, ms. */
const TELL_EVERY = 1;

export interface CrewOptions {
  readonly workers: number;
  readonly shared: readonly Topology[];
  /** Opens a stream of the journal to append. */
  readonly open: OpenStream;
  /** Whether workers begin with what comes now, where they find no checkpoint. */
  readonly fromNow: boolean;
  readonly letterBox: LetterBox | undefined;
  /** Holds a folder of checkpoints a pipeline. */
  readonly checkpoints: string;
  /** Where the logs of workers go; absent: where ours does. */
  readonly logTo?: NodeJS.WritableStream;
  readonly clock: Clock;
  readonly log: Log;
}

/** The workers of a run, and what they share: the journal that this process writes for them. */
export class Crew {
  readonly journal: SharedJournal;
  readonly #options: CrewOptions;
  readonly #workers: readonly Worker[];
  /** What was asked of workers, and by whom it is to be answered. */
  readonly #questions = new Map<
    number,
    { readonly worker: number; readonly settle: (answer: FromWorker | undefined) => void }
  >();
  #asked = 0;
  #orders: Omit<Orders, "index" | "workers" | "streams"> | undefined;
  /** Streams that have grown and have yet to be told of. */
  readonly #grown = new Map<string, Written>();
  #told = -Infinity;
  /** Which workers have a checkpoint of each pipeline. */
  readonly #kept = new Map<string, Set<number>>();
  /** Pipelines whose checkpoints of other numbers of workers are gone. */
  readonly #forgotten = new Set<string>();

  constructor(options: CrewOptions) {
    const { workers, open, fromNow, clock, log, logTo } = options;
    this.#options = options;
    const grown = (name: string, written: Written): void => this.#tellOfGrowth(name, written);
    this.journal = new SharedJournal({ open, fromNow, grown, clock, log });
    this.#workers = Array.from({ length: workers }, (_, index) => {
      const orders = (): Orders => ({ ...this.#orders!, index, workers, streams: this.journal.orders() });
      const hear = (message: FromWorker): void => this.#hear(index, message);
      const lost = (): void => this.#unanswered(index);
      return new Worker({ index, orders, hear, lost, clock, log, ...(logTo && { logTo }) });
    });
  }

  /** Whether a stream is one that workers read. */
  reads(stream: string): boolean {
    return this.#options.shared.some(({ name, nodes }) => nodes.some((node) => `${name}.${node.name}` === stream));
  }

  /** Resolves when all work, after the streams of all sources were opened. Throws ConfigError where one cannot begin. */
  async start(orders: Omit<Orders, "index" | "workers" | "streams">): Promise<void> {
    const { shared } = this.#options;
    this.#orders = orders;
    for (const { name, nodes } of shared)
      for (const node of nodes)
        if (node.definition.role === "sink" && node.definition.deeds)
          await this.journal.openNotes(`${name}.${node.name}`, node.name, this.journal.partitions);
    const started = await Promise.allSettled(this.#workers.map((worker) => worker.start()));
    for (const each of started) if (each.status === "rejected") throw each.reason as Error;
  }

  status(): NodeStatus[] {
    return together(this.#workers.flatMap((worker) => worker.status())).filter(({ role }) => role !== "source");
  }

  get dead(): number {
    return this.#workers.reduce((sum, { dead }) => sum + dead, 0);
  }

  shares(pipeline: string): boolean {
    return this.#options.shared.some(({ name }) => name === pipeline);
  }

  /** Brings a record back to its node, with whoever has its partition. */
  async retry(
    pipeline: string,
    node: string,
    returning: Extract<Returning, { readonly record: unknown }>,
  ): Promise<Answer | undefined> {
    const worker = returning.record.position.partition % this.#workers.length;
    const heard = await this.#ask(worker, (id) => ({ what: "retry", id, pipeline, node, returning }));
    return heard?.what === "retried" ? heard.answer : "later";
  }

  /** Resolves when what this pipeline was given so far would survive a kill. Never, where a worker dies before. */
  async kept(pipeline: string): Promise<void> {
    const all = this.#workers.map((_, worker) => this.#ask(worker, (id) => ({ what: "keep", id, pipeline })));
    const answers = await Promise.all(all);
    if (answers.includes(undefined)) await new Promise(() => undefined);
  }

  /** Resolves when all have ended. */
  async stop(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.stop()));
    for (const index of this.#workers.keys()) this.#unanswered(index);
  }

  /** After the workers, and after the run that reads the sources. */
  close(): Promise<void> {
    return this.journal.close();
  }

  #hear(index: number, message: FromWorker): void {
    const { letterBox, workers } = this.#options;
    switch (message.what) {
      case "letter":
        letterBox?.add(message.letter);
        break;
      case "note":
        this.#workers[index]!.tell(this.#note(message));
        break;
      case "sync":
        void this.#sync(message).then((answer) => this.#workers[index]!.tell(answer));
        break;
      case "checkpoint": {
        const { pipeline, offsets } = message;
        this.journal.commit(pipeline, offsets, partitionsOf({ index, workers }, this.journal.partitions));
        this.#kept.set(pipeline, (this.#kept.get(pipeline) ?? new Set()).add(index));
        void this.#forgetOthers(pipeline);
        break;
      }
      case "retried":
      case "kept":
        this.#questions.get(message.id)?.settle(message);
        break;
      default:
    }
  }

  /** Once each worker has a checkpoint of its own, and so have the sources, nobody needs those of another number of workers. */
  async #forgetOthers(pipeline: string): Promise<void> {
    const { workers, checkpoints, log } = this.#options;
    if (this.#kept.get(pipeline)!.size < workers || this.#forgotten.has(pipeline)) return;
    const layout = new Layout(join(checkpoints, pipeline));
    try {
      if ((await layout.sources.epochs()).length === 0) return;
      this.#forgotten.add(pipeline);
      await layout.keepOnly(workers);
    } catch (cause) {
      log.warn("checkpoints of earlier runs stay where they are", { pipeline, cause: messageOf(cause) });
    }
  }

  async #sync({ id, pipeline }: Extract<FromWorker, { readonly what: "sync" }>): Promise<ToWorker> {
    try {
      await this.journal.sync(pipeline);
      return { what: "synced", id };
    } catch (cause) {
      return { what: "not synced", id, reason: messageOf(cause) };
    }
  }

  #note({ id, stream, key, value }: Extract<FromWorker, { readonly what: "note" }>): ToWorker {
    try {
      return { what: "noted", id, next: this.journal.note(stream, key, value) };
    } catch (cause) {
      return { what: "not noted", id, reason: messageOf(cause) };
    }
  }

  /** Undefined where it is away, or all is over. */
  #ask(worker: number, question: (id: number) => ToWorker): Promise<FromWorker | undefined> {
    const id = this.#asked++;
    if (!this.#workers[worker]!.tell(question(id))) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      const settle = (answer: FromWorker | undefined): void => {
        this.#questions.delete(id);
        resolve(answer);
      };
      this.#questions.set(id, { worker, settle });
    });
  }

  /** Nobody answers what was asked of a worker that is no more. */
  #unanswered(index: number): void {
    for (const { worker, settle } of [...this.#questions.values()]) if (worker === index) settle(undefined);
  }

  #tellOfGrowth(name: string, written: Written): void {
    const waits = this.#grown.size > 0;
    this.#grown.set(name, written);
    if (waits) return;
    const tell = (): void => {
      this.#told = performance.now();
      for (const [stream, far] of this.#grown) for (const worker of this.#workers) worker.tellGrown(stream, far);
      this.#grown.clear();
    };
    if (performance.now() - this.#told < TELL_EVERY) setTimeout(tell, TELL_EVERY);
    else setImmediate(tell);
  }
}
