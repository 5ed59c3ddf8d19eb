export function median(figures: readonly number[]): number {
  const sorted = [...figures].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Nearest rank of sorted figures; NaN where there are none. */
export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? NaN;
}

/** `85000 against 90000 of the floor: 0.94 x` */
export function ratio(ours: number, floor: number, name = "the floor"): string {
  const text = (figure: number) => (figure >= 100 ? String(Math.round(figure)) : figure.toFixed(1));
  return `${text(ours)} against ${text(floor)} of ${name}: ${(ours / floor).toFixed(2)} x`;
}
