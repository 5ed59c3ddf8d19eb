import { setImmediate } from "node:timers/promises";
import type { Clock } from "../../streams/time/clock.js";

/** Readings are given out at most this often, ms: at a hundred a second, waking up costs more than they do. */
const TICK = 50;
/** A reader that is later than this loses readings, ms of the clock. */
const PATIENCE = 1000;

/** Simulated time beside the time of the clock. Simulated times are in ms from the beginning. */
export class Pace {
  /** Time of the simulated beginning, ms since the epoch. It moves when readings are left out. */
  start: number;
  readonly #clock: Clock;
  readonly #speedup: number;
  #began: number;

  constructor(clock: Clock, speedup: number, start?: number) {
    this.#clock = clock;
    this.#speedup = speedup;
    this.#began = clock.now();
    this.start = start ?? Math.round(this.#began);
  }

  /** How far simulated time should have come by now. */
  now(): number {
    return (this.#clock.now() - this.#began) * this.#speedup;
  }

  /**
   * Bounds what has to be made up for: where the reading that is due lies too far back, or the clock was set back, the
   * printers stand still meanwhile. Returns how much simulated time was left out, ms.
   */
  catchUp(due: number, interval: number): number {
    const behind = Math.round(this.now() - due);
    const most = PATIENCE * this.#speedup;
    if (Math.abs(behind) <= most + interval) return 0;
    this.#began += behind / this.#speedup;
    // Timestamps follow the clock forwards and never run backwards.
    this.start += Math.max(0, behind);
    return Math.max(0, behind);
  }

  /** Waits until a reading is due, or for a turn of the others. */
  async sleepUntil(due: number, stop: AbortSignal): Promise<void> {
    if (due === Infinity) return;
    const wait = Math.min(PATIENCE, (due - this.now()) / this.#speedup);
    if (wait > 0) await this.#clock.sleep(Math.max(TICK, wait), stop);
    else await setImmediate();
  }
}
