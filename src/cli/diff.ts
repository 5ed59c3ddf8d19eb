import type { Log } from "../streams/component/context.js";
import { ConfigError } from "../streams/component/errors.js";
import { timeText } from "../streams/record/timestamp.js";
import { Run } from "../streams/runtime/run.js";
import { withSources } from "../streams/topology/edit.js";
import { type Difference, type Differences, differences, timeOfDifference } from "./diff/differences.js";
import { type Episode, type Outcome, type Told, watchOutcome } from "./diff/outcome.js";
import { loadTopologies } from "./pipelines.js";
import { type RecordingOptions, standInFor } from "./recording.js";
import { openResources } from "./resources.js";
import { needsOf } from "./needs.js";
import { type ExitCode, type Session, whenStopped } from "./session.js";
import { inPlaceOfSources } from "./stand-in.js";

export interface DiffOptions extends RecordingOptions {
  /** Two files. */
  readonly pipeline: readonly string[];
  readonly json: boolean;
}

/** Runs recordings through two pipelines, one after the other, and tells which episodes and adjustments differ. */
export async function diff(session: Session, files: readonly string[], options: DiffOptions): Promise<ExitCode> {
  const [a, b, ...more] = options.pipeline;
  if (a === undefined || b === undefined || more.length > 0)
    throw new ConfigError(
      `diff compares two pipelines, and ${options.pipeline.length} were given: write --pipeline A.yaml --pipeline B.yaml`,
    );
  const outcomes: Outcome[] = [];
  for (const path of [a, b]) {
    outcomes.push(await outcomeOf(session, path, files, options));
    if (session.stop.aborted) return 130;
  }
  const found = differences(outcomes[0]!, outcomes[1]!);
  if (options.json) session.out.json(plain(a, b, found));
  else for (const line of describe(a, b, found)) session.out.line(line);
  return 0;
}

/** Nothing is written anywhere: sinks that decide rehearse, the others are left out. */
async function outcomeOf(
  { settings, registry, log: full, stop }: Session,
  path: string,
  files: readonly string[],
  options: DiffOptions,
): Promise<Outcome> {
  const log: Log = { ...full, info: (message, fields) => full.debug(message, fields) };
  const { topologies } = await loadTopologies([path], registry, settings.variables());
  const recording = standInFor(topologies[0]!, registry, files, options);
  const topology = withSources(topologies[0]!, inPlaceOfSources(topologies[0]!, recording));
  const needed = needsOf([topology], ({ definition }) => definition.role !== "sink");
  const opened = await openResources(needed, { settings, log });
  try {
    const run = new Run({
      topologies: [topology],
      resources: opened.resources,
      log,
      live: false,
      pauses: options.journal === true,
      reach: (_, { definition }) => (definition.role === "sink" && definition.rehearse ? "rehearse" : "collect"),
    });
    await run.open();
    const outcome = watchOutcome(run, topology);
    whenStopped(stop, () => void run.stop());
    await run.start();
    return outcome();
  } finally {
    await opened.close();
  }
}

function describe(a: string, b: string, { episodes, adjustments, same }: Differences): string[] {
  const lines = [
    ...episodes.map((one) => [one, ofEpisode(one)] as const),
    ...adjustments.map((one) => [one, ofTold(one)] as const),
  ];
  lines.sort(([x], [y]) => timeOfDifference(x) - timeOfDifference(y));
  return [
    `A ${a}`,
    `B ${b}`,
    ...lines.map(([, line]) => line),
    `episodes     ${episodes.length} differ, ${same.episodes} are the same`,
    `adjustments  ${adjustments.length} differ, ${same.adjustments} are the same`,
  ];
}

function ofEpisode(difference: Difference<Episode>): string {
  const { a, b } = difference;
  const { printer, rule } = (a ?? b)!;
  const what = a && b ? `A ${bounds(a)}, B ${bounds(b)}` : a ? `only A: ${bounds(a)}` : `only B: ${bounds(b!)}`;
  return `${timeText(timeOfDifference(difference))}  ${printer}  ${rule}  ${what}`;
}

function bounds({ start, end }: Episode): string {
  return `${timeText(start)} to ${end === undefined ? "the end" : timeText(end)}`;
}

function ofTold({ a, b }: Difference<Told>): string {
  const { printer, node, time, command } = (a ?? b)!;
  return `${timeText(time)}  ${printer}  ${node}  only ${a ? "A" : "B"}: ${JSON.stringify(command)}`;
}

function plain(a: string, b: string, { episodes, adjustments, same }: Differences): object {
  return {
    a,
    b,
    episodes: episodes.map((difference) => ({
      time: timeText(timeOfDifference(difference)),
      printer: (difference.a ?? difference.b)!.printer,
      rule: (difference.a ?? difference.b)!.rule,
      a: plainBounds(difference.a),
      b: plainBounds(difference.b),
    })),
    adjustments: adjustments.map(({ a, b }) => {
      const { printer, node, time, command } = (a ?? b)!;
      return { time: timeText(time), printer, node, only: a ? "a" : "b", command };
    }),
    same,
  };
}

function plainBounds(episode: Episode | undefined): object | null {
  if (!episode) return null;
  return { start: timeText(episode.start), end: episode.end === undefined ? null : timeText(episode.end) };
}
