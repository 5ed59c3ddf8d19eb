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
export async function writeNarrowing(text: string, send: (text: string) => Promise<Answer>): Promise<void> {
  const whole = await send(text);
  if (whole.is === "taken") return;
  const refused = new Map<number, string>();
  const lines = text.split("\n");
  // First come, first served: the groups shrink evenly, so that the limit leaves small ones.
  const waiting: Group[] = [];
  look(whole, { from: 0, to: lines.length });
  for (let next = 0; next < waiting.length; next++) {
    const { from, to, reason } = waiting[next]!;
    // The whole was the first request.
    if (next + 1 >= REQUEST_LIMIT) refuse(from, to, `${reason} (refused together with ${to - from - 1} others)`);
    else look(await send(lines.slice(from, to).join("\n")), { from, to });
  }
  if (refused.size > 0) throw new PartialWriteError(refused);

  function look(answer: Answer, { from, to }: Omit<Group, "reason">): void {
    if (answer.is === "taken") return;
    const { reason } = answer;
    if (answer.is === "forbidden") throw new DisconnectedError(reason);
    if (answer.is === "away") throw new DisconnectedError(reason, { retryAfter: answer.retryAfter });
    const middle = (from + to) >>> 1;
    if (to - from === 1) refuse(from, to, reason);
    else waiting.push({ from, to: middle, reason }, { from: middle, to, reason });
  }

  function refuse(from: number, to: number, reason: string): void {
    for (let i = from; i < to; i++) refused.set(i, reason);
  }
}

/** Lines that were refused together, `to` not included. */
interface Group {
  readonly from: number;
  readonly to: number;
  readonly reason: string;
}
