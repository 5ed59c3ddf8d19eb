/** An even number in [0, 1) for these whole numbers, always the same: MurmurHash3's finalizer after each of them. */
export function evenly(...parts: readonly number[]): number {
  let hash = 0x9e3779b9;
  for (const part of parts) {
    hash = Math.imul(hash ^ part, 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    hash ^= hash >>> 16;
  }
  return (hash >>> 0) / 2 ** 32;
}

/** The next number in [0, 1) at each call. */
export function sequence(seed: number): () => number {
  let i = 0;
  return () => evenly(seed, i++);
}
