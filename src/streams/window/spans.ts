/**
 * Windows of event time, aligned to the epoch: each is `size` ms long and starts at a multiple of `every`. A size that is
 * a multiple of `every` makes every end an edge too. Tumbling windows are those with `every` equal to `size`.
 */
export interface Spans {
  /** ms */
  readonly size: number;
  /** ms */
  readonly every: number;
}

/** The edge at or before a time. */
export function edgeBefore(time: number, every: number): number {
  const edge = Math.floor(time / every) * every;
  // The quotient of a time just before an edge may round up to it.
  return edge > time ? edge - every : edge;
}

/** The end of the first window that a time belongs to. */
export function firstEnd(time: number, { every }: Spans): number {
  return edgeBefore(time, every) + every;
}

/** The end of the last window that a time belongs to. */
export function lastEnd(time: number, { size, every }: Spans): number {
  return edgeBefore(time, every) + size;
}

/**
 * The one multiple of the size that a window holds, its start included and its end not. The windows around it share what
 * they know of the samples before it and after it.
 */
export function middleOf(end: number, { size }: Spans): number {
  const edge = edgeBefore(end, size);
  return edge === end ? end - size : edge;
}
