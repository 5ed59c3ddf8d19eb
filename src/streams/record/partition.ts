import type { Position } from "./record.js";

const FNV_OFFSET_BASIS = 0x811c9dc5;
const FNV_PRIME = 0x01000193;
const encoder = new TextEncoder();

/** FNV-1a, 32 bit, over the UTF-8 bytes of the text (Fowler, Noll, Vo; draft-eastlake-fnv). */
export function fnv1a32(text: string): number {
  let hash = FNV_OFFSET_BASIS;
  for (const byte of encoder.encode(text)) hash = Math.imul(hash ^ byte, FNV_PRIME);
  return hash >>> 0;
}

/** The same of a piece of a text, all of it ASCII. */
export function fnv1a32Ascii(text: string, from: number, to: number): number {
  let hash = FNV_OFFSET_BASIS;
  for (let i = from; i < to; i++) hash = Math.imul(hash ^ text.charCodeAt(i), FNV_PRIME);
  return hash >>> 0;
}

/** The partition of a key: the same on every machine and in every version, or state and history come apart. */
export function partitionOf(key: string, partitions: number): number {
  return fnv1a32(key) % partitions;
}

/** Hands out dense offsets per partition for the elements of one stream, from 0 on or from where it ends. */
export class Positions {
  readonly #stream: string;
  readonly #next: number[];
  #partitions = new Map<string, number>();

  constructor(stream: string, partitions: number, first?: readonly number[]) {
    this.#stream = stream;
    this.#next = Array.from({ length: partitions }, (_, partition) => first?.[partition] ?? 0);
  }

  /** Hands out again what was handed out from these offsets on: nothing of it was used. */
  goBackTo(offsets: readonly number[]): void {
    offsets.forEach((offset, partition) => (this.#next[partition] = offset));
  }

  /** The position of the next record of this key. */
  next(key: string): Position {
    const partition = this.#partitionOf(key);
    const offset = this.#next[partition]!;
    this.#next[partition] = offset + 1;
    return { stream: this.#stream, partition, offset };
  }

  #partitionOf(key: string): number {
    let partition = this.#partitions.get(key);
    if (partition === undefined) {
      partition = partitionOf(key, this.#next.length);
      // A cache and nothing more: a flood of new keys must not make it grow for ever.
      if (this.#partitions.size >= 100_000) this.#partitions = new Map();
      this.#partitions.set(key, partition);
    }
    return partition;
  }
}
