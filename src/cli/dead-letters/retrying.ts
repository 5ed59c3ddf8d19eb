import { setImmediate } from "node:timers";
import type { Log } from "../../streams/component/context.js";
import { messageOf } from "../../streams/component/errors.js";
import type { Answer } from "../../streams/runtime/retry.js";
import type { Run } from "../../streams/runtime/run.js";
import type { Cancel, Clock } from "../../streams/time/clock.js";
import { type Fate, type Fates, noteFate } from "./fates.js";
import type { StoredLetter } from "./letter.js";
import { openRequests, readRequest, removeRequest, type RetryRequest } from "./requests.js";
import { returningOf } from "./returning.js";

/** Requests are looked for so often, ms. */
const LOOK = 1_000;
/** So many are taken at a look: they share the thread with the stream. */
const AT_ONCE = 200;

/** Whoever can bring a letter back to its node. */
export interface Retries {
  retry(...letter: Parameters<Run["retry"]>): Answer | undefined | Promise<Answer | undefined>;
  kept(pipeline: string): Promise<void>;
}

export interface RetryingOptions {
  /** STATE_DIR */
  readonly folder: string;
  readonly run: Retries;
  readonly fates: Fates;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Brings letters back into a run as commands ask for it. A request goes once its letter was taken in and would survive a kill:
 * until then the next run takes it again.
 */
export class Retrying {
  readonly #options: RetryingOptions;
  /** Names of requests that are there and not to be looked at again: dealt with, or for another run. */
  readonly #done = new Set<string>();
  readonly #cancel: Cancel;
  #closed = false;

  constructor(options: RetryingOptions) {
    this.#options = options;
    // In a turn of its own: a stream must not be fed while it flows.
    setImmediate(() => this.look());
    this.#cancel = options.clock.every(LOOK, () => this.look());
  }

  /** Not to be called in the middle of the stream. */
  look(): void {
    if (this.#closed) return;
    const { folder, log } = this.#options;
    let name = "";
    try {
      const requests = openRequests(folder).filter((request) => !this.#done.has(request.name));
      for (const request of requests.slice(0, AT_ONCE)) {
        name = request.name;
        this.#take(request);
      }
    } catch (cause) {
      // Those behind it are looked at the next time.
      if (name !== "") this.#done.add(name);
      log.warn("a retry cannot be read", { request: name, cause: messageOf(cause) });
    }
  }

  close(): void {
    this.#closed = true;
    this.#cancel();
  }

  #take(request: RetryRequest): void {
    const { folder, run, fates } = this.#options;
    const letter = readRequest(folder, request);
    const { id, pipeline, node } = letter;
    const returning = returningOf(letter);
    // Where it fails again the letter is a new one.
    fates.countRetry(id, 1);
    if ("impossible" in returning) {
      this.#heed(request, letter, { refused: returning.impossible });
      return;
    }
    const answer = run.retry(pipeline, node, returning);
    if (!(answer instanceof Promise)) {
      this.#heed(request, letter, answer);
      return;
    }
    this.#done.add(request.name);
    void answer.then((settled) => {
      this.#done.delete(request.name);
      this.#heed(request, letter, settled);
    });
  }

  #heed(request: RetryRequest, letter: StoredLetter, answer: Answer | undefined): void {
    const { fates, log } = this.#options;
    const { id, pipeline, node } = letter;
    if (answer === "taken") {
      this.#done.add(request.name);
      log.info("dead letter retried", { pipeline, node, id });
      void this.#settle(request, letter);
      return;
    }
    fates.countRetry(id, -1);
    if (answer === undefined) {
      this.#done.add(request.name);
      log.warn("a retry waits for a run of its pipeline", { pipeline, node, id });
    } else if (answer !== "later") {
      log.warn("dead letter not retried", { pipeline, node, id, reason: answer.refused });
      this.#note(request, { state: "refused", reason: answer.refused });
    }
  }

  async #settle(request: RetryRequest, { pipeline, position }: StoredLetter): Promise<void> {
    // What a source has read again is in its journal. What a node made of a record is not.
    if (position) await this.#options.run.kept(pipeline);
    this.#note(request, { state: "retried" });
  }

  #note(request: RetryRequest, fate: Omit<Fate, "at">): void {
    const { folder, clock, log } = this.#options;
    this.#done.add(request.name);
    try {
      noteFate(folder, [request.id], fate, clock.now());
      removeRequest(folder, request);
      this.#done.delete(request.name);
    } catch (cause) {
      log.warn("what became of a dead letter cannot be noted", { id: request.id, cause: messageOf(cause) });
    }
  }
}
