import type { StreamRecord } from "../../streams/record/record.js";
import type { Verdict } from "../../streams/record/values.js";
import type { Options } from "./options.js";

/** A verdict further away from the clock than this does not show its age but a printer whose clock is wrong. In ms. */
const WRONG_CLOCK = 86_400_000;
/** Episodes whose end never comes are forgotten in the end. */
const OPEN_LIMIT = 32;

/** What this sink has done to one printer. */
export class Printer {
  /** When each open episode began, ms of event time. */
  readonly open: Map<string, number>;
  /** Event times of the latest adjustments, oldest first, as many as the limit asks about. */
  readonly adjustments: number[];
  /**
   * Whether the printer runs under an adjustment of ours: `maybe` where the broker may have had it, `advised` where a
   * human was told.
   */
  adjusted: "no" | "maybe" | "advised" | "yes";

  constructor(
    open: Iterable<readonly [episode: string, began: number]> = [],
    adjustments: readonly number[] = [],
    adjusted: Printer["adjusted"] = "no",
  ) {
    this.open = new Map(open);
    this.adjustments = [...adjustments];
    this.adjusted = adjusted;
  }
}

/** The clock as the brakes see it, and since when all that was done is known. Both ms since the epoch. */
export interface Moment {
  readonly now: number;
  /** When the first of the runs began that handed on what they knew. */
  readonly since: number;
}

/** Why a verdict moves nothing, undefined where it may. Looks only; what was done is noted afterwards. */
export function brake(
  printer: Printer,
  verdict: StreamRecord<Verdict>,
  { now, since }: Moment,
  options: Options,
): string | undefined {
  const stale = staleness(verdict, now, options.fresh);
  if (verdict.value.state === "raised") return stale ?? tooOften(printer, verdict, options);

  const others = [...printer.open.keys()].filter((episode) => episode !== verdict.value.episode);
  if (others.length > 0) return `episode ${others[0]!} goes on`;
  // What we certainly did is undone, however late. What may have been done unknown to us is undone on fresh data only.
  if (printer.adjusted === "yes" || printer.adjusted === "advised") return undefined;
  const began = printer.open.get(verdict.value.episode);
  if (printer.adjusted === "maybe" || began === undefined || began < since) return stale;
  return "its adjustment was never sent";
}

/** That a verdict is too old to act on, undefined where it is not. */
export function staleness({ eventTime }: StreamRecord, now: number, fresh: number): string | undefined {
  const age = now - eventTime;
  return age > fresh && age <= WRONG_CLOCK ? `the data is ${seconds(age)} old, fresh is ${seconds(fresh)}` : undefined;
}

/** Distances of event time count in both directions, so that a clock set back does not stop a printer's feedback. */
function tooOften({ adjustments }: Printer, { eventTime }: StreamRecord, options: Options): string | undefined {
  const { cooldown, limit } = options;
  const last = adjustments.at(-1);
  if (last !== undefined && Math.abs(eventTime - last) < cooldown)
    return `the last adjustment was ${seconds(Math.abs(eventTime - last))} ago, cooldown is ${seconds(cooldown)}`;
  const recent = adjustments.filter((time) => Math.abs(eventTime - time) < limit.per).length;
  return recent >= limit.count
    ? `the limit of ${limit.count} adjustments in ${seconds(limit.per)} is reached`
    : undefined;
}

/** Notes that a verdict was answered and by what. */
export function note(
  printer: Printer,
  { eventTime, value }: StreamRecord<Verdict>,
  done: "yes" | "advised" | "maybe" | "nothing",
  options: Options,
): void {
  if (value.state === "cleared") {
    printer.open.delete(value.episode);
    if (done === "yes" || (done === "advised" && printer.adjusted === "advised")) printer.adjusted = "no";
    return;
  }
  if (!printer.open.has(value.episode)) printer.open.set(value.episode, eventTime);
  if (printer.open.size > OPEN_LIMIT) printer.open.delete(printer.open.keys().next().value!);
  if (done === "nothing") return;
  // Advice does not undo what the printer was really told before.
  if (done === "yes" || printer.adjusted === "no") printer.adjusted = done;
  if (done === "maybe") return;
  printer.adjustments.push(eventTime);
  if (printer.adjustments.length > options.limit.count) printer.adjustments.shift();
}

function seconds(ms: number): string {
  return `${Number((ms / 1000).toFixed(1))} s`;
}
