import type { Evidence } from "../../streams/record/values.js";
import type { Options } from "./options.js";

/** What counts as over the limit and as back from it. */
export interface Rule {
  readonly limit: number;
  readonly clear: number;
  over(value: number): boolean;
  back(value: number): boolean;
  /** So long and so often in a row before the rule changes its mind. */
  readonly toRaise: Patience;
  readonly toClear: Patience;
  /** ms of event time */
  readonly remind: number;
  /** ms of event time */
  readonly estimateAfter: number;
}

interface Patience {
  /** ms of event time */
  readonly hold: number;
  readonly count: number;
}

export function ruleOf(options: Options): Rule {
  const { above, below, margin = 0, hold, for: count, clear_after, remind, estimate_after } = options;
  const upward = above !== undefined;
  const limit = (upward ? above : below)!;
  const clear = options.clear ?? (upward ? limit - margin : limit + margin);
  return {
    limit,
    clear,
    over: upward ? (value) => value > limit : (value) => value < limit,
    back: upward ? (value) => value <= clear : (value) => value >= clear,
    toRaise: { hold, count },
    toClear: { hold: clear_after, count: 1 },
    remind: remind ?? Infinity,
    estimateAfter: estimate_after,
  };
}

/** One value of the watched field. */
export interface Sample {
  readonly value: number;
  /** ms since the epoch */
  readonly eventTime: number;
  readonly estimated: boolean;
  readonly evidence: Evidence;
}

/** What the rule knows of one printer. Plain data, so that it is its own snapshot. */
export interface Watched {
  /** Event time of the newest sample that counted. */
  newest?: number;
  /** The same of the newest one that was measured. */
  measured?: number;
  /** When the open episode began; absent while all is well. */
  raised?: number;
  /** When the rule last spoke of the open episode. */
  spoke?: number;
  /** The run of samples that speaks for a change of mind. */
  run?: { readonly since: number; readonly count: number; readonly evidence: Evidence };
}

export interface Decision {
  readonly state: "raised" | "cleared";
  /** Event time at which the episode began. */
  readonly began: number;
  readonly evidence: Evidence;
}

/** A sample so much older than the newest is no straggler: the printer's clock was set back. In ms. */
const CLOCK_SET_BACK = 3_600_000;

/** Takes a sample into account and says whether the rule speaks. Samples that come out of order change nothing. */
export function judge(watched: Watched, sample: Sample, rule: Rule): Decision | undefined {
  const behind = (watched.newest ?? sample.eventTime) - sample.eventTime;
  if (behind >= CLOCK_SET_BACK) startOver(watched, sample.eventTime);
  else if (behind > 0) return undefined;
  if (sample.estimated && sample.eventTime - (watched.measured ?? -Infinity) < rule.estimateAfter) return undefined;
  watched.newest = sample.eventTime;
  if (!sample.estimated) watched.measured = sample.eventTime;

  const { raised } = watched;
  const speaksForChange = raised === undefined ? rule.over(sample.value) : rule.back(sample.value);
  if (!speaksForChange) {
    delete watched.run;
    return raised === undefined ? undefined : reminder(watched, raised, sample, rule);
  }
  const { run } = watched;
  const since = run?.since ?? sample.eventTime;
  const count = (run?.count ?? 0) + 1;
  const evidence = run ? spanning(run.evidence, sample.evidence) : sample.evidence;
  const patience = raised === undefined ? rule.toRaise : rule.toClear;
  if (sample.eventTime - since < patience.hold || count < patience.count) {
    watched.run = { since, count, evidence };
    return undefined;
  }
  delete watched.run;
  if (raised !== undefined) {
    delete watched.raised;
    delete watched.spoke;
    return { state: "cleared", began: raised, evidence };
  }
  watched.raised = watched.spoke = sample.eventTime;
  return { state: "raised", began: sample.eventTime, evidence };
}

/** Times from before the clock was set back mean nothing beside those after it. An open episode stays open. */
function startOver(watched: Watched, eventTime: number): void {
  delete watched.measured;
  delete watched.run;
  if (watched.spoke !== undefined) watched.spoke = eventTime;
}

function reminder(watched: Watched, began: number, sample: Sample, rule: Rule): Decision | undefined {
  if (!rule.over(sample.value) || sample.eventTime - watched.spoke! < rule.remind) return undefined;
  watched.spoke = sample.eventTime;
  return { state: "raised", began, evidence: sample.evidence };
}

/** The evidence of a run of samples: from the first to the last. */
function spanning(first: Evidence, last: Evidence): Evidence {
  if (!last.window) return { ...last, from: first.from };
  return {
    ...last,
    from: first.from,
    window: { start: first.window?.start ?? last.window.start, end: last.window.end },
  };
}
