import type { Position } from "../../streams/record/record.js";
import { type Bucket, merged, mergedAll } from "./bucket.js";
import { loadBuckets, saveBuckets, type SavedWindow } from "./saved-window.js";

/*
 * ADWIN: Bifet & Gavaldà, "Learning from time-changing data with adaptive windowing", SIAM Data Mining 2007,
 * doi 10.1137/1.9781611972771.42. The window holds all samples since the last change, in buckets whose sizes grow with
 * their age, and is cut where its two parts differ by more than chance allows.
 *
 * Two things differ from the paper. Its samples lie between 0 and 1; here the term of the bound that depends on that is
 * multiplied by the range of the window, so fields keep their unit. And it lets the oldest bucket go until no cut is left
 * that says so; here all before the cut with the most evidence goes at once, so it is known when the change was.
 */

/** So many buckets of one size, as in the paper. */
const BUCKETS = 5;
/** Parts of fewer samples say nothing, and a shorter window is not cut. */
const SMALLEST_PART = 5;
const SMALLEST_WINDOW = 32;
/** A window is looked at after so many samples: a look costs more than a sample. */
const LOOK_EVERY = 16;

/** The two parts of a window that was cut. */
export interface Change {
  readonly before: Bucket;
  readonly after: Bucket;
  /** By so much the means may differ by chance, in the field's unit. */
  readonly bound: number;
}

/** The samples of one field since its last change. Holds about 5 log2(n / 5) buckets. */
export class AdaptiveWindow {
  /** Oldest and largest first. */
  #buckets: Bucket[] = [];
  #added = 0;

  /**
   * Takes a sample in; says so where the window was cut.
   * @param delta How likely a look may be to find a change where there is none, 0 to 1.
   * @param smallest A difference of means below this is no change, in the field's unit.
   */
  add(value: number, time: number, position: Position, delta: number, smallest: number): Change | undefined {
    this.#buckets.push({
      count: 1,
      mean: value,
      m2: 0,
      min: value,
      max: value,
      start: time,
      end: time,
      from: position,
    });
    this.#compress();
    return ++this.#added % LOOK_EVERY === 0 ? this.#look(delta, smallest) : undefined;
  }

  save(): SavedWindow {
    return { added: this.#added, ...saveBuckets(this.#buckets) };
  }

  /** Takes what was saved, into an empty one. */
  load(saved: SavedWindow): void {
    this.#buckets = loadBuckets(saved);
    this.#added = saved.added;
  }

  /** Where there is one bucket too many of a size, the two oldest of them become one of the next size. */
  #compress(): void {
    const buckets = this.#buckets;
    let last = buckets.length - 1;
    for (;;) {
      let first = last;
      while (first > 0 && buckets[first - 1]!.count === buckets[last]!.count) first--;
      if (last - first < BUCKETS) return;
      buckets.splice(first, 2, merged(buckets[first]!, buckets[first + 1]!));
      last = first;
    }
  }

  #look(delta: number, smallest: number): Change | undefined {
    const buckets = this.#buckets;
    const whole = mergedAll(buckets);
    if (whole.count < SMALLEST_WINDOW) return undefined;
    const chance = Math.log((2 * Math.log(whole.count)) / delta);
    const means = meansFrom(buckets);
    let [strongest, cut] = [1, 0];
    for (let i = 0, count = 0, mean = 0; i < buckets.length - 1; i++) {
      const bucket = buckets[i]!;
      count += bucket.count;
      mean += ((bucket.mean - mean) * bucket.count) / count;
      const rest = whole.count - count;
      if (count < SMALLEST_PART || rest < SMALLEST_PART) continue;
      const difference = Math.abs(means[i + 1]! - mean);
      const bound = boundOf(whole, 1 / count + 1 / rest, chance);
      if (difference < smallest || difference <= strongest * bound) continue;
      [strongest, cut] = [bound > 0 ? difference / bound : Infinity, i + 1];
    }
    if (cut === 0) return undefined;
    const before = mergedAll(buckets.splice(0, cut));
    const after = mergedAll(buckets);
    return { before, after, bound: boundOf(whole, 1 / before.count + 1 / after.count, chance) };
  }
}

/** The mean of each bucket and all behind it. */
function meansFrom(buckets: readonly Bucket[]): Float64Array {
  const means = new Float64Array(buckets.length);
  for (let i = buckets.length - 1, count = 0, mean = 0; i >= 0; i--) {
    const bucket = buckets[i]!;
    count += bucket.count;
    means[i] = mean += ((bucket.mean - mean) * bucket.count) / count;
  }
  return means;
}

/** Theorem 3.2 of the paper, with ln n looks counted as its authors do, and the range put back in. */
function boundOf({ count, m2, min, max }: Bucket, perPart: number, chance: number): number {
  return Math.sqrt(2 * perPart * (m2 / count) * chance) + (2 / 3) * perPart * chance * (max - min);
}
