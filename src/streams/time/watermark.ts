import type { Element } from "../record/record.js";

/** How far the event time of a node has come, and the key that has come least far. */
export interface Watermark {
  /** ms since the epoch */
  readonly time: number;
  readonly heldBy: string;
}

/**
 * The watermark of one key: its newest event time less the allowed disorder. Each printer has its own, so one with a
 * wrong clock or gone silent holds back nobody. It never goes back.
 */
export class KeyWatermark {
  #time = -Infinity;

  constructor(readonly lateness: number) {}

  /** Everything before this has been seen, or is late. */
  get time(): number {
    return this.#time;
  }

  /** Takes note of an element; true if the watermark moved. */
  observe(element: Element): boolean {
    return this.advanceTo(element.eventTime - this.lateness);
  }

  advanceTo(time: number): boolean {
    if (!(time > this.#time)) return false;
    this.#time = time;
    return true;
  }
}

/** The watermark that lies furthest behind, undefined where no key has one. */
export function furthestBehind(watermarks: Iterable<readonly [string, number]>): Watermark | undefined {
  let behind: Watermark | undefined;
  for (const [heldBy, time] of watermarks) {
    if (Number.isFinite(time) && (behind === undefined || time < behind.time)) behind = { time, heldBy };
  }
  return behind;
}
