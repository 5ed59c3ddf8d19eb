import type { Observable } from "rxjs";
import type { Batch } from "../../streams/record/record.js";
import type { Persistence } from "../../streams/runtime/checkpoint/take-up.js";
import type { NodeStatus } from "../../streams/runtime/metrics.js";
import type { Answer, Returning } from "../../streams/runtime/retry.js";
import { Run, type RunOptions } from "../../streams/runtime/run.js";
import type { Crew } from "./crew.js";
import type { Orders } from "./messages.js";

export interface TeamOptions extends RunOptions {
  readonly keep: Persistence;
  readonly crew: Crew | undefined;
  /** For the crew, besides what each worker is. */
  readonly orders: () => Omit<Orders, "index" | "workers" | "streams">;
}

/** All that runs pipelines: this process, and its workers where there are any. To whoever looks at it, one run. */
export class Team {
  readonly #run: Run;
  readonly #crew: Crew | undefined;
  readonly #orders: TeamOptions["orders"];

  constructor({ crew, orders, ...options }: TeamOptions) {
    const { keep } = options;
    this.#crew = crew;
    this.#orders = orders;
    const shared: Persistence | undefined = crew && {
      ...keep,
      journal: (name, as, partitions) =>
        crew.reads(name) ? crew.journal.openSource(name, as, partitions) : keep.journal(name, as, partitions),
      sourcesOnly: (pipeline) => crew.shares(pipeline),
    };
    this.#run = new Run({ ...options, ...(shared && { keep: shared }) });
  }

  /** Opens everything, and resolves when the workers work. Throws ConfigError where settings are wrong. */
  async open(): Promise<void> {
    await this.#run.open();
    try {
      await this.#crew?.start(this.#orders());
    } catch (cause) {
      await this.stop();
      throw cause;
    }
  }

  start(): Promise<void> {
    return this.#run.start();
  }

  /** Workers end first: what they have yet to work on is in the journal. Never throws. */
  async stop(): Promise<void> {
    await this.#crew?.stop();
    await this.#run.stop();
    await this.#crew?.close();
  }

  /** What a node of this process gives out. */
  outputOf(pipeline: string, node: string): Observable<Batch> | undefined {
    return this.#run.outputOf(pipeline, node);
  }

  status(): NodeStatus[] {
    return [...this.#run.status(), ...(this.#crew?.status() ?? [])];
  }

  /** How many dead letters there were. */
  get dead(): number {
    return this.#run.deadLetters.total + (this.#crew?.dead ?? 0);
  }

  /** As `Run.retry`; what a worker answers comes later. */
  retry(pipeline: string, node: string, returning: Returning): Answer | undefined | Promise<Answer | undefined> {
    if (this.#crew?.shares(pipeline) && "record" in returning) return this.#crew.retry(pipeline, node, returning);
    return this.#run.retry(pipeline, node, returning);
  }

  /** Resolves when what this pipeline was given so far would survive a kill. */
  kept(pipeline: string): Promise<void> {
    return this.#crew?.shares(pipeline) ? this.#crew.kept(pipeline) : this.#run.kept(pipeline);
  }
}
