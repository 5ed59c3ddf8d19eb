import { setImmediate } from "node:timers/promises";
import { Observable } from "rxjs";
import type { Emission } from "./emission.js";
import type { Admission } from "./queue.js";

/**
 * A source that never waits lets others have the thread after so many ms. A write to a database takes a handful of turns,
 * so long ones make rows pile up while there is much to read.
 */
const TURN = 2;

/** Reads batch by batch. Asking for the next one tells the source that the last was taken in. */
export function readSource(emissions: () => AsyncIterable<Emission>, admission: Admission): Observable<Emission> {
  return new Observable((subscriber) => {
    const read = async (): Promise<void> => {
      let turn = performance.now();
      for await (const emission of emissions()) {
        if (emission.main.length > 0 || emission.barrier) subscriber.next(emission);
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
