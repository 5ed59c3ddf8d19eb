import { Observable, type OperatorFunction } from "rxjs";
import { messageOf } from "../component/errors.js";
import type { Output, RecordOperator } from "../component/definition.js";
import type { Element, StreamRecord } from "../record/record.js";
import { isMark, markAt } from "../record/record.js";
import type { Arrival, Barrier, Emission } from "./emission.js";
import type { NodeMetrics } from "./metrics.js";

export interface RecordNodeOptions {
  readonly metrics: NodeMetrics;
  /** Leave a mark where a record went no further, because someone behind needs its time. */
  readonly leaveMarks: boolean;
  /** The node's output has a time of its own: marks of passed records end here. */
  readonly ownTime: boolean;
  readonly dead: (element: Element, reason: string, input: number) => void;
  /** Is told of a barrier before anything behind it is worked on. */
  readonly passing: (barrier: Barrier) => void;
  /** The run only pauses: what is held is kept for the next one, and not given out at the end. */
  readonly pauses: boolean;
}

/** Collects what an operator gives out during one batch. */
class Collector implements Output<unknown> {
  main: Element[] = [];
  sides: Map<string, StreamRecord[]> | undefined;
  readonly #metrics: NodeMetrics;

  constructor(metrics: NodeMetrics) {
    this.#metrics = metrics;
  }

  emit(record: StreamRecord): void {
    this.main.push(record);
    this.#metrics.out++;
  }

  side(name: string, record: StreamRecord): void {
    this.#metrics.sides[name] = (this.#metrics.sides[name] ?? 0) + 1;
    this.sides ??= new Map();
    const side = this.sides.get(name);
    if (side) side.push(record);
    else this.sides.set(name, [record]);
  }

  take(): Emission {
    const { main, sides } = this;
    this.main = [];
    this.sides = undefined;
    return sides ? { main, sides } : { main };
  }
}

/**
 * Runs a record operator over batches. One record's failure is a dead letter and the stream goes on; counting and timing
 * happen once a batch.
 */
export function recordNode(
  operator: RecordOperator<unknown, unknown>,
  { metrics, leaveMarks, ownTime, dead, passing, pauses }: RecordNodeOptions,
): OperatorFunction<Arrival, Emission> {
  const output = new Collector(metrics);

  const one = (element: Element, input: number): void => {
    const before = output.main.length;
    try {
      if (isMark(element)) operator.advance?.(element, output, input);
      else {
        metrics.in++;
        operator.process(element, output, input);
      }
    } catch (cause) {
      metrics.dead++;
      dead(element, messageOf(cause), input);
    }
    if (isMark(element)) {
      if (element.cause !== "passed" || (leaveMarks && !ownTime)) output.main.push(element);
    } else if (leaveMarks && !ownTime && output.main.length === before) output.main.push(markAt(element, "passed"));
  };

  return (arrivals) =>
    new Observable((subscriber) =>
      arrivals.subscribe({
        next({ input, batch, barrier }) {
          if (barrier) {
            passing(barrier);
            subscriber.next({ main: [], barrier });
            return;
          }
          const began = performance.now();
          for (const element of batch) one(element, input);
          metrics.busy += performance.now() - began;
          const emission = output.take();
          if (emission.main.length > 0 || emission.sides) subscriber.next(emission);
        },
        error: (cause: unknown) => subscriber.error(cause),
        complete() {
          try {
            if (!pauses) operator.flush?.(output);
          } catch (cause) {
            subscriber.error(cause);
            return;
          }
          const emission = output.take();
          if (emission.main.length > 0 || emission.sides) subscriber.next(emission);
          subscriber.complete();
        },
      }),
    );
}
