import type { NodeStatus } from "../../streams/runtime/metrics.js";
import type { Answer, Returning } from "../../streams/runtime/retry.js";
import type { Run } from "../../streams/runtime/run.js";

/** Something that has a run now and then. */
export interface Place {
  readonly run: Run | undefined;
}

export interface IntakePlace extends Place {
  readonly pipeline: string;
}

/** The runs of one instance seen as one: what it reads, and what it works on. */
export class GroupView {
  readonly #intakes: readonly IntakePlace[];
  readonly #work: Place;

  constructor(intakes: readonly IntakePlace[], work: Place) {
    this.#intakes = intakes;
    this.#work = work;
  }

  /**
   * A source of a shared pipeline is there twice: as it is read (`sensors-intake`, where this instance does that), and as it
   * is worked on.
   */
  status(): NodeStatus[] {
    const worked = this.#work.run?.status() ?? [];
    const read = this.#intakes.flatMap(({ run }) => run?.status() ?? []);
    const known = new Set(worked.map(({ pipeline }) => pipeline));
    return [
      ...read.map((status) => (known.has(status.pipeline) ? { ...status, node: `${status.node}-intake` } : status)),
      ...worked,
    ];
  }

  /** Dead letters so far of the runs that are there. */
  get dead(): number {
    return this.#runs.reduce((sum, run) => sum + run.deadLetters.total, 0);
  }

  /** What a source had refused is read where it is read now; a record goes to whoever works on its key. */
  retry(pipeline: string, node: string, returning: Returning): Answer | undefined {
    const intake = this.#intakes.find((each) => each.pipeline === pipeline);
    if (!intake) return undefined;
    const answer = "place" in returning ? intake.run?.retry(pipeline, node, returning) : undefined;
    if (answer) return answer;
    if (!this.#work.run) return "later";
    return this.#work.run.retry(pipeline, node, returning) ?? intake.run?.retry(pipeline, node, returning) ?? "later";
  }

  async kept(pipeline: string): Promise<void> {
    await Promise.race(this.#runs.map((run) => run.kept(pipeline)));
  }

  get #runs(): Run[] {
    return [...this.#intakes, this.#work].flatMap(({ run }) => run ?? []);
  }
}
