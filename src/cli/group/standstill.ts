import type { Cancel, Clock } from "../../streams/time/clock.js";

const TICK = 500;
/** Ticks come so late, ms, only to a process that was stopped, or whose machine was. */
const LONG = 3_000;

/** Notices that this process stood still for a while. */
export class Standstill {
  readonly #clock: Clock;
  readonly #cancel: Cancel;
  #ticked: number;

  /** @param over called behind each standstill by a timer; others may have run before it */
  constructor(clock: Clock, over: () => void) {
    this.#clock = clock;
    this.#ticked = clock.now();
    this.#cancel = clock.every(TICK, () => {
      if (this.justOver) over();
      this.#ticked = clock.now();
    });
  }

  /** Whether it is over and no timer has run since. What was read meanwhile comes before any timer. */
  get justOver(): boolean {
    return this.#clock.now() - this.#ticked >= LONG;
  }

  close(): void {
    this.#cancel();
  }
}
