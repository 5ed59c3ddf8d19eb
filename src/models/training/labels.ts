import type { Label } from "./recording.js";

/** So long after a fault a printer may still be settling, ms: such windows are no examples of health. */
export const SETTLING = 60_000;

interface Span {
  readonly fault: string;
  readonly from: number;
  /** The first reading without it. */
  to: number;
}

/** Collects the ground truth of a recording's readings, and says what it makes of a window. */
export class Labels {
  readonly #spans = new Map<string, Span[]>();

  /** Takes the label of a reading, readings of a key in order of time. No label means health. */
  add(key: string, time: number, fault: string | null | undefined): void {
    let spans = this.#spans.get(key);
    const current = spans?.at(-1);
    if (current && current.to === Infinity) {
      if (current.fault === fault) return;
      current.to = time;
    }
    if (fault === null || fault === undefined) return;
    if (!spans) this.#spans.set(key, (spans = []));
    spans.push({ fault, from: time, to: Infinity });
  }

  /** The label of the window from `start` to `end` (exclusive), ms. */
  of(key: string, start: number, end: number): Label {
    const spans = this.#spans.get(key) ?? [];
    // Windows are asked for near the end of what was added, so the search begins there.
    for (let i = spans.length - 1; i >= 0; i--) {
      const { fault, from, to } = spans[i]!;
      if (from >= end) continue;
      if (to >= end) return fault;
      return to + SETTLING > start ? undefined : null;
    }
    return null;
  }
}
