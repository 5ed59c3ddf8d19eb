import { describe, expect, it } from "@jest/globals";
import { seededRandom } from "../../models/training/random.js";
import { AdaptiveWindow, type Change } from "./adaptive-window.js";
import { loadBuckets } from "./saved-window.js";

const position = { stream: "sensors", partition: 0, offset: 0 };
const SERIES = 40;
const CHANGED = 1500;

interface Found extends Change {
  readonly at: number;
}

/** The changes that are found in a series, a sample a millisecond. */
function changesIn(length: number, sample: (i: number) => number, smallest = 0): Found[] {
  const window = new AdaptiveWindow();
  const changes: Found[] = [];
  for (let i = 0; i < length; i++) {
    const change = window.add(sample(i), i, position, 0.002, smallest);
    if (change) changes.push({ ...change, at: i });
  }
  return changes;
}

/** One list of changes for each of forty series around 215, of deviation 1, that a term is added to. */
function changesOf(length: number, added: (i: number) => number): Found[][] {
  return Array.from({ length: SERIES }, (_, seed) => {
    const draw = noise(seed);
    return changesIn(length, (i) => 215 + draw() + added(i));
  });
}

/** Draws from the standard normal distribution: Box & Muller (1958). */
function noise(seed: number): () => number {
  const random = seededRandom(seed);
  return () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

const median = (list: readonly number[]) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)]!;

describe("an adaptive window", () => {
  it("finds no change where there is none: at most one in 100,000 samples of noise", () => {
    expect(changesOf(5000, () => 0).flat().length).toBeLessThanOrEqual(2);
  });

  it.each([
    // A step of so many deviations: median and longest delay in samples, how far off its time is told.
    [0.5, 300, 600, 350],
    [1, 110, 150, 110],
    [2, 55, 70, 40],
    [4, 25, 40, 20],
  ])("finds a step of %d deviations, and nothing besides", (size, usual, longest, off) => {
    const changes = changesOf(3000, (i) => (i < CHANGED ? 0 : size));
    expect(changes.map((found) => found.length)).toEqual(Array(SERIES).fill(1));
    const delays = changes.map(([found]) => found!.at - CHANGED);
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(0);
    expect(median(delays)).toBeLessThanOrEqual(usual);
    expect(Math.max(...delays)).toBeLessThanOrEqual(longest);
    expect(Math.max(...changes.map(([found]) => Math.abs(found!.after.start - CHANGED)))).toBeLessThanOrEqual(off);
  });

  it("finds a slow slope, again and again while it lasts", () => {
    const changes = changesOf(3000, (i) => Math.max(0, i - CHANGED) * 0.004);
    for (const [first, ...more] of changes) {
      expect(first!.at - CHANGED).toBeGreaterThan(0);
      expect(first!.at - CHANGED).toBeLessThanOrEqual(350);
      expect(more.length).toBeGreaterThanOrEqual(2);
    }
  });

  it("says what was before and after, and by how much chance might have moved it", () => {
    const [{ before, after, bound }] = changesIn(200, (i) => (i < 100 ? i % 2 : 10 + (i % 2))) as [Found];
    expect(before).toMatchObject({ count: after.start, start: 0, end: after.start - 1, from: position });
    expect(before.mean).toBeCloseTo(0.5, 1);
    expect(after.mean).toBeGreaterThan(9);
    expect(bound).toBeLessThan(after.mean - before.mean);
  });

  it("lets a change be that is smaller than what matters", () => {
    const step = (i: number) => (i < 500 ? 0 : 1) + (i % 2) / 10;
    expect(changesIn(1000, step, 1.2)).toEqual([]);
    expect(changesIn(1000, step, 0.9)).toHaveLength(1);
  });

  it("finds none in a line, and the one in a line with a step", () => {
    expect(changesIn(10_000, () => 7)).toEqual([]);
    expect(changesIn(2000, (i) => (i < 1000 ? 7 : 8))).toHaveLength(1);
  });

  it("holds little of a long past", () => {
    const window = new AdaptiveWindow();
    for (let i = 0; i < 100_000; i++) window.add(i % 7, i, position, 0.002, 0);
    const buckets = loadBuckets(window.save());
    expect(buckets.length).toBeLessThanOrEqual(5 * Math.ceil(Math.log2(100_000 / 5) + 1));
    expect(buckets.reduce((sum, { count }) => sum + count, 0)).toBe(100_000);
  });
});
