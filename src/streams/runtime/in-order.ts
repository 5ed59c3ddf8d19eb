import { Observable, type OperatorFunction } from "rxjs";
import type { Element } from "../record/record.js";
import type { Arrival } from "./emission.js";

/** Beyond so many elements an epoch is given out in parts. */
const MOST_HELD = 200_000;

interface Held {
  readonly input: number;
  readonly element: Element;
}

/**
 * Gives out what an epoch holds in one order: by event time, then key, then input. Of one key and input the order stays as it
 * was. How the ways through the graph interleaved, which is never the same twice, leaves no trace.
 */
export function inOrder(): OperatorFunction<Arrival, Arrival> {
  return (arrivals) =>
    new Observable((subscriber) => {
      let held: Held[] = [];
      const give = (): void => {
        if (held.length === 0) return;
        const batch = held.sort(compare).map(({ element }) => element);
        held = [];
        subscriber.next({ input: 0, batch });
      };
      return arrivals.subscribe({
        next(arrival) {
          const { input, batch, barrier } = arrival;
          for (const element of batch) held.push({ input, element });
          if (barrier || held.length >= MOST_HELD) give();
          if (barrier) subscriber.next(arrival);
        },
        error: (cause: unknown) => subscriber.error(cause),
        complete() {
          give();
          subscriber.complete();
        },
      });
    });
}

/** Sorting is stable. Keys compare by their code units, the same on every machine. */
function compare(a: Held, b: Held): number {
  const byTime = a.element.eventTime - b.element.eventTime;
  if (byTime !== 0) return byTime;
  if (a.element.key !== b.element.key) return a.element.key < b.element.key ? -1 : 1;
  return a.input - b.input;
}
