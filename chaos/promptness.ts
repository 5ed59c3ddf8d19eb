import { percentile } from "../bench/farm/figures.js";
import type { Commands } from "./commands.js";
import type { Farm } from "./farm.js";
import type { Feed } from "./feed.js";
import { type Finding, finding } from "./scenario.js";

/** An answer that is held up by nothing comes sooner. ms */
const AT_ONCE = 1_000;

/** An episode that nothing keeps from being answered, as an outsider sees it. */
interface Answer {
  readonly printer: number;
  /** When its first reading was sent, ms of `performance.now()`. */
  readonly sent: number;
  /** ms from then until the command was heard; undefined where none was. */
  took: number | undefined;
}

/** Answers to the episodes that began in some span of time. */
export interface Answers {
  readonly episodes: number;
  readonly unanswered: number;
  /** Of those that began a second before the end or earlier: answered later than that end, or not at all. */
  readonly belated: number;
  /** ms */
  readonly p50: number;
  /** ms */
  readonly p99: number;
}

/** Takes the time from sending the first rough reading of an episode until its command is heard. */
export class Promptness {
  readonly #answers: Answer[] = [];
  readonly #open = new Map<string, Answer>();

  constructor(farm: Farm, feed: Feed, commands: Commands) {
    feed.onSent = (i) => {
      if (!farm.isAnswered(i)) return;
      const printer = i % farm.printers;
      const answer: Answer = { printer, sent: performance.now(), took: undefined };
      this.#answers.push(answer);
      this.#open.set(farm.name(printer), answer);
    };
    commands.onHeard = ({ printer, speed }) => {
      const answer = this.#open.get(printer);
      if (answer === undefined || speed === 100) return;
      this.#open.delete(printer);
      answer.took = performance.now() - answer.sent;
    };
  }

  /** Of episodes that began between these times of `performance.now()`, of these printers. */
  between(from: number, to: number, of: (printer: number) => boolean = () => true): Answers {
    const all = this.#answers.filter(({ printer, sent }) => sent >= from && sent < to && of(printer));
    const took = all.flatMap((answer) => answer.took ?? []).sort((a, b) => a - b);
    return {
      episodes: all.length,
      unanswered: all.length - took.length,
      belated: all.filter(({ sent, took = Infinity }) => sent < to - AT_ONCE && sent + took > to).length,
      p50: percentile(took, 0.5),
      p99: percentile(took, 0.99),
    };
  }

  /**
   * ms after `from` that the last answer came which had to wait, of episodes that began between these times; 0 where none had
   * to, Infinity where one never came.
   */
  restored(from: number, to: number, of: (printer: number) => boolean): number {
    const waited = this.#answers.filter(
      ({ printer, sent, took = Infinity }) => sent >= from && sent < to && of(printer) && took > AT_ONCE,
    );
    return Math.max(0, ...waited.map(({ sent, took = Infinity }) => sent + took - from));
  }
}

/** That every one of them was answered; nothing is said where there was none. */
export function allAnswered(which: string, { episodes, unanswered }: Answers): Finding {
  const ok = episodes === 0 ? undefined : unanswered === 0;
  return finding(`${which}: episodes without an answer`, "0", `${unanswered} of ${episodes}`, ok);
}

/** That none of them had to wait for the end of a trouble. */
export function noneBelated({ episodes, belated }: Answers): Finding {
  const ok = episodes === 0 ? undefined : belated === 0;
  return finding("episodes answered only when it was over, or never", "0", `${belated} of ${episodes}`, ok);
}

/** `p50 2.1 ms, p99 8.0 ms of 120, 3 unanswered` */
export function answersText({ episodes, unanswered, p50, p99 }: Answers): string {
  if (episodes === unanswered) return `no answers to ${episodes}`;
  const missing = unanswered === 0 ? "" : `, ${unanswered} unanswered`;
  return `p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms of ${episodes}${missing}`;
}
