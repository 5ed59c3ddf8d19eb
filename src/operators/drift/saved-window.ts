import { floatsFromText, floatsToText } from "../../streams/record/json.js";
import type { Bucket } from "./bucket.js";

export type SavedWindow = {
  readonly added: number;
  readonly streams: readonly string[];
  /** Bucket by bucket its numbers, the place of its stream among those, partition and offset: as text of floats. */
  readonly buckets: string;
};

const WIDTH = 10;

export function saveBuckets(buckets: readonly Bucket[]): Omit<SavedWindow, "added"> {
  const streams: string[] = [];
  const numbers = new Float64Array(buckets.length * WIDTH);
  buckets.forEach(({ count, mean, m2, min, max, start, end, from }, i) => {
    let stream = streams.indexOf(from.stream);
    if (stream < 0) stream = streams.push(from.stream) - 1;
    numbers.set([count, mean, m2, min, max, start, end, stream, from.partition, from.offset], i * WIDTH);
  });
  return { streams, buckets: floatsToText(numbers) };
}

export function loadBuckets({ streams, buckets }: Omit<SavedWindow, "added">): Bucket[] {
  const numbers = floatsFromText(buckets);
  return Array.from({ length: numbers.length / WIDTH }, (_, i) => {
    const at = (place: number) => numbers[i * WIDTH + place]!;
    const from = { stream: streams[at(7)]!, partition: at(8), offset: at(9) };
    return { count: at(0), mean: at(1), m2: at(2), min: at(3), max: at(4), start: at(5), end: at(6), from };
  });
}
