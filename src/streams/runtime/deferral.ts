import { setImmediate } from "node:timers";
import { Observable, type Subscriber } from "rxjs";
import type { Emission } from "./emission.js";
import { type Admission, type Anteroom, Settling } from "./queue.js";

/** So many elements may wait before the source does: a burst of some 10 ms of work. */
const ELEMENTS_WAITING = 512;
/** After so many ms whoever is in a hurry gets a turn. */
const TURN = 2;

/**
 * Keeps what a source gives out for a moment, in order, for all that is in no hurry: windows, models and rows. So a reading
 * that came behind hundreds of others is held against its limit before any window of those is made.
 */
export class Deferral implements Anteroom {
  readonly #settling = new Settling();
  readonly #admission: Admission;
  #waiting: Emission[] = [];
  #elements = 0;
  #scheduled = false;
  #ended = false;
  #subscriber: Subscriber<Emission> | undefined;

  constructor(admission: Admission) {
    this.#admission = admission;
    admission.addAnteroom(this);
  }

  get full(): boolean {
    return this.#elements >= ELEMENTS_WAITING;
  }

  settled(): Promise<void> {
    return this.#settling.wait(this.#waiting.length > 0);
  }

  resume(): void {
    if (this.#waiting.length > 0) this.#schedule();
  }

  run(emissions: Observable<Emission>): Observable<Emission> {
    return new Observable((subscriber) => {
      this.#subscriber = subscriber;
      return emissions.subscribe({
        next: (emission) => this.#take(emission),
        error: (cause: unknown) => subscriber.error(cause),
        complete: () => {
          this.#ended = true;
          this.#schedule();
        },
      });
    });
  }

  #take(emission: Emission): void {
    if (emission.aside) return;
    this.#waiting.push(emission);
    this.#elements += emission.main.length;
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => this.#work());
  }

  #work(): void {
    const until = performance.now() + TURN;
    let done = 0;
    while (done < this.#waiting.length && performance.now() < until && !this.#admission.crowded) {
      const emission = this.#waiting[done++]!;
      this.#elements -= emission.main.length;
      this.#subscriber?.next(emission);
    }
    this.#waiting.splice(0, done);
    this.#scheduled = false;
    if (this.#waiting.length === 0) {
      this.#settling.done();
      if (this.#ended) this.#subscriber?.complete();
    }
    // Also lets this one go on with the rest.
    this.#admission.relieved();
  }
}
