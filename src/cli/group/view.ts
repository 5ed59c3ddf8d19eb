import type { NodeStatus } from "../../streams/runtime/metrics.js";
import type { Answer, Returning } from "../../streams/runtime/retry.js";
import type { Run } from "../../streams/runtime/run.js";

/** Something that has a run of one pipeline now and then. */
export interface Place {
  readonly pipeline: string;
  readonly run: Run | undefined;
}

/** The runs of one instance seen as one: what it reads, and what it works on. */
export class GroupView {
  readonly #intakes: readonly Place[];
  readonly #works: readonly Place[];
  readonly #connected: () => boolean;
  /** By pipeline: the run that took what was retried last. */
  readonly #took = new Map<string, Run>();

  /** @param connected whether the server that all depend on is there */
  constructor(intakes: readonly Place[], works: readonly Place[], connected: () => boolean) {
    this.#intakes = intakes;
    this.#works = works;
    this.#connected = connected;
  }

  /**
   * A source of a shared pipeline is there twice: as it is read (`sensors-intake`, where this instance does that), and as it
   * is worked on.
   */
  status(): NodeStatus[] {
    const shared = new Set(this.#works.map(({ pipeline }) => pipeline));
    const read = this.#intakes.flatMap(({ run }) => run?.status() ?? []);
    return [
      ...read.map((status) => (shared.has(status.pipeline) ? { ...status, node: `${status.node}-intake` } : status)),
      ...this.#works.flatMap(({ run }) => run?.status() ?? []),
    ];
  }

  /** What keeps this instance from working, besides its nodes. */
  away(): string[] {
    return this.#connected() ? [] : ["nats"];
  }

  /** Dead letters so far of the runs that are there. */
  get dead(): number {
    const runs = [...this.#intakes, ...this.#works].flatMap(({ run }) => run ?? []);
    return runs.reduce((sum, run) => sum + run.deadLetters.total, 0);
  }

  /** What a source had refused is read where it is read now; a record goes to whoever works on its key. */
  retry(pipeline: string, node: string, returning: Returning): Answer | undefined {
    const of = (places: readonly Place[]) => places.find((each) => each.pipeline === pipeline);
    const [intake, work] = [of(this.#intakes), of(this.#works)];
    if (!intake) return undefined;
    const { run } = "place" in returning || !work ? intake : work;
    const answer = run?.retry(pipeline, node, returning) ?? "later";
    if (run && answer === "taken") this.#took.set(pipeline, run);
    return answer;
  }

  async kept(pipeline: string): Promise<void> {
    await this.#took.get(pipeline)?.kept(pipeline);
  }
}
