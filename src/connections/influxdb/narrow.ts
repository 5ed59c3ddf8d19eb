import { DisconnectedError, PartialWriteError } from "../../streams/component/errors.js";
import type { Answer } from "./answer.js";

/**
 * So many requests at most are spent on one batch. A single bad line among 5000 takes 26, ten of them about 200. Where
 * nearly every line is bad (a field that has changed its type) the rest is refused in the small groups reached by then.
 */
const REQUEST_LIMIT = 256;

/**
 * Sends lines, and where the server refuses them halves what it refused until it holds the bad ones alone. Half of a
 * refused batch may be in the database already; sending it again makes the same points.
 */
export async function writeNarrowing(
  lines: readonly string[],
  send: (lines: readonly string[]) => Promise<Answer>,
): Promise<void> {
  const refused = new Map<number, string>();
  // First come, first served: the groups shrink evenly, so that the limit leaves small ones.
  const waiting = [{ from: 0, to: lines.length, reason: "" }];
  let requests = 0;
  for (let next = 0; next < waiting.length; next++) {
    const { from, to, reason } = waiting[next]!;
    if (requests === REQUEST_LIMIT) {
      refuse(refused, from, to, `${reason} (refused together with ${to - from - 1} others)`);
      continue;
    }
    requests += 1;
    const answer = await send(from === 0 && to === lines.length ? lines : lines.slice(from, to));
    switch (answer.is) {
      case "taken":
        break;
      case "away":
        throw new DisconnectedError(answer.reason, { retryAfter: answer.retryAfter });
      case "forbidden":
        throw new DisconnectedError(answer.reason);
      case "refused":
      case "too-large":
        if (to - from === 1) {
          refuse(refused, from, to, answer.reason);
        } else {
          const middle = (from + to) >>> 1;
          waiting.push({ from, to: middle, reason: answer.reason }, { from: middle, to, reason: answer.reason });
        }
    }
  }
  if (refused.size > 0) throw new PartialWriteError(refused);
}

function refuse(refused: Map<number, string>, from: number, to: number, reason: string): void {
  for (let i = from; i < to; i++) refused.set(i, reason);
}
