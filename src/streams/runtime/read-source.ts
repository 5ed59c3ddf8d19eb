import { setImmediate } from "node:timers/promises";
import { Observable } from "rxjs";
import type { Source } from "../component/definition.js";
import type { Batch } from "../record/record.js";
import type { Admission } from "./queue.js";

/**
 * A source that never waits lets others have the thread after so many ms. A write to a database takes a handful of turns,
 * so long ones make rows pile up while there is much to read.
 */
const TURN = 2;

/** Reads a source batch by batch. Asking for the next batch tells the source that the last was taken in. */
export function readSource(source: Source<unknown>, stop: AbortSignal, admission: Admission): Observable<Batch> {
  return new Observable((subscriber) => {
    const read = async (): Promise<void> => {
      let turn = performance.now();
      for await (const batch of source.read(stop)) {
        if (batch.length > 0) subscriber.next(batch);
        const relief = admission.next();
        if (relief) await relief;
        if (performance.now() - turn < TURN) continue;
        await setImmediate();
        turn = performance.now();
      }
    };
    read().then(
      () => subscriber.complete(),
      (cause: unknown) => subscriber.error(cause),
    );
  });
}
