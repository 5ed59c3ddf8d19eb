import { rowsByKey, type Recording } from "./recording.js";

/** Where a row of a recording goes. `unused`: so near to a border that it shares readings with both sides. */
export type Part = "train" | "validation" | "held-back" | "unused";

/** One printer in so many is held back as a whole… */
const PRINTERS_HELD_BACK = 5;
/** …and of all others the last part of the time; before it lies the part that says when to stop. */
const TIME_HELD_BACK = 0.2;
const TIME_VALIDATION = 0.15;

/**
 * Parts a recording by printer and by time, never by random rows: neighbouring windows share nearly all their readings,
 * so a random row of the test would have been seen in training. Between the parts lies a gap.
 * @param gap ms; at least the length of a window, and with a target its horizon as well
 */
export function splitRecording({ rows }: Recording, gap: number): readonly Part[] {
  const parts = new Array<Part>(rows.length).fill("unused");
  let printer = 0;
  for (const places of rowsByKey(rows).values()) {
    const wholly = ++printer % PRINTERS_HELD_BACK === 0;
    const first = rows[places[0]!]!.time;
    const span = rows[places.at(-1)!]!.time - first;
    const heldFrom = first + span * (1 - TIME_HELD_BACK);
    const validFrom = heldFrom - span * TIME_VALIDATION;
    for (const place of places) {
      const { time } = rows[place]!;
      if (wholly || time >= heldFrom) parts[place] = "held-back";
      else if (time >= validFrom && time < heldFrom - gap) parts[place] = "validation";
      else if (time < validFrom - gap) parts[place] = "train";
    }
  }
  return parts;
}
