import { distance } from "fastest-levenshtein";

/** ` Did you mean "x"?` for the nearest candidate, empty where none is near. */
export function didYouMean(word: string, candidates: Iterable<string>): string {
  let best: string | undefined;
  let least = Math.max(2, Math.floor(word.length / 3)) + 1;
  for (const candidate of candidates) {
    const steps = distance(word.toLowerCase(), candidate.toLowerCase());
    const shares = candidate.startsWith(word) || word.startsWith(candidate) ? 2 : steps;
    if (Math.min(steps, shares) < least) {
      least = Math.min(steps, shares);
      best = candidate;
    }
  }
  return best === undefined ? "" : ` Did you mean "${best}"?`;
}
