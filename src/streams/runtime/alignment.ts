import { Observable, type OperatorFunction } from "rxjs";
import type { Arrival, Barrier } from "./emission.js";
import { type Anteroom, Settling } from "./queue.js";

/** So many elements may be held back before the sources wait. */
const ELEMENTS_HELD = 20_000;

/**
 * Gives a node its barrier when it has come by every input: until then an input that is ahead is held back. So what a node
 * has seen when the barrier passes is the same in every run, however fast the ways to it are. (Carbone et al., "Lightweight
 * Asynchronous Snapshots for Distributed Dataflows", 2015.)
 */
export class Alignment implements Anteroom {
  readonly #reached: (Barrier | undefined)[];
  readonly #ended: boolean[];
  readonly #settling = new Settling();
  #held: Arrival[] = [];
  #elements = 0;

  readonly #relieved: () => void;

  /** @param relieved there is room again */
  constructor(inputs: number, relieved: () => void = () => undefined) {
    this.#relieved = relieved;
    this.#reached = new Array<Barrier | undefined>(inputs).fill(undefined);
    this.#ended = new Array<boolean>(inputs).fill(false);
  }

  get full(): boolean {
    return this.#elements >= ELEMENTS_HELD;
  }

  settled(): Promise<void> {
    return this.#settling.wait(this.#held.length > 0);
  }

  /** What is held waits for a barrier and not for room: the barrier may stand in a queue, which must go on though this is full. */
  resume(): void {
    // nothing to do
  }

  run(): OperatorFunction<Arrival, Arrival> {
    return (arrivals) =>
      new Observable((subscriber) =>
        arrivals.subscribe({
          next: (arrival) => this.#take(arrival, (next) => subscriber.next(next)),
          error: (cause: unknown) => subscriber.error(cause),
          complete: () => subscriber.complete(),
        }),
      );
  }

  #take(arrival: Arrival, give: (arrival: Arrival) => void): void {
    const { input, barrier, ended } = arrival;
    if (ended) {
      this.#ended[input] = true;
      this.#pass(give);
    } else if (this.#reached[input]) {
      this.#held.push(arrival);
      this.#elements += arrival.batch.length;
    } else if (barrier) {
      this.#reached[input] = barrier;
      this.#pass(give);
    } else give(arrival);
  }

  #pass(give: (arrival: Arrival) => void): void {
    const barrier = this.#reached.find((each) => each !== undefined);
    if (!barrier || !this.#reached.every((each, i) => each !== undefined || this.#ended[i])) return;
    this.#reached.fill(undefined);
    give({ input: 0, batch: [], barrier });
    const waiting = this.#held;
    this.#held = [];
    this.#elements = 0;
    for (const arrival of waiting) this.#take(arrival, give);
    if (this.#held.length === 0) this.#settling.done();
    this.#relieved();
  }
}
