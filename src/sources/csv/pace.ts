import type { Batch, Element } from "../../streams/record/record.js";
import type { Clock } from "../../streams/time/clock.js";

/**
 * Gives out a recording as it happened, `speed` times as fast: the first element at once, the others when as much time
 * has passed on the clock as lies between them in event time. What is out of order does not wait. Ends early when `stop`
 * aborts.
 */
export async function* pace<V>(
  batches: AsyncIterable<Batch<V>>,
  speed: number,
  clock: Clock,
  stop: AbortSignal,
): AsyncGenerator<Batch<V>> {
  let recorded: number | undefined;
  let started = 0;
  for await (const batch of batches) {
    let due: Element<V>[] = [];
    for (const element of batch) {
      if (recorded === undefined) {
        recorded = element.eventTime;
        started = clock.now();
      }
      const at = started + (element.eventTime - recorded) / speed;
      if (at > clock.now()) {
        if (due.length > 0) yield due;
        due = [];
        await clock.sleep(at - clock.now(), stop);
        if (stop.aborted) return;
      }
      due.push(element);
    }
    if (due.length > 0) yield due;
  }
}
