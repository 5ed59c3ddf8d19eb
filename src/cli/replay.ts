import { Run } from "../streams/runtime/run.js";
import type { NodeStatus } from "../streams/runtime/metrics.js";
import type { Log } from "../streams/component/context.js";
import { isMark } from "../streams/record/record.js";
import type { Adjustment, Verdict } from "../streams/record/values.js";
import { withSources } from "../streams/topology/edit.js";
import type { Node, Topology } from "../streams/topology/topology.js";
import { loadTopologies } from "./pipelines.js";
import { showProgress } from "./progress.js";
import { type RecordingOptions, standInFor } from "./recording.js";
import { openResources } from "./resources.js";
import { needsOf } from "./needs.js";
import { type ExitCode, type Session, whenStopped } from "./session.js";
import { checkTrainRows, redirectFile, TRAIN_ROWS } from "./redirect.js";
import { inPlaceOfSources } from "./stand-in.js";
import { Conclusions } from "./conclusions.js";

export interface ReplayOptions extends RecordingOptions {
  readonly pipeline: string;
  /** The csv sink of the pipeline writes to this file; where it has none, conclusions go there. */
  readonly out?: string;
  /** So many first rows of each series are known to be normal. */
  readonly trainRows?: number;
  /** Writes to databases too. Never a control message. */
  readonly live: boolean;
  readonly json: boolean;
}

export interface ReplaySummary {
  readonly records: number;
  readonly windows: number;
  readonly anomalies: number;
  readonly episodes: number;
  readonly adjustments: number;
  readonly late: number;
  readonly dead: number;
  readonly seconds: number;
  readonly recordsPerSecond: number;
}

/** Runs recordings through a pipeline in the place of its sources. */
export async function replay(session: Session, files: readonly string[], options: ReplayOptions): Promise<ExitCode> {
  const { settings, registry, out, stop } = session;
  // What a component would say of each adjustment is in the summary.
  const log: Log = { ...session.log, info: (message, fields) => session.log.debug(message, fields) };
  const { trainRows } = options;
  const variables = { ...settings.variables(), ...(trainRows !== undefined && { [TRAIN_ROWS]: String(trainRows) }) };
  const { topologies } = await loadTopologies([options.pipeline], registry, variables);
  if (trainRows !== undefined) checkTrainRows(topologies[0]!, trainRows);
  const recording = standInFor(topologies[0]!, registry, files, options);
  const redirected = options.out === undefined ? undefined : redirectFile(topologies[0]!, options.out);
  const given = redirected?.topology ?? topologies[0]!;
  const topology = withSources(given, inPlaceOfSources(given, recording));
  const reach = (node: Node) => (node.name === redirected?.sink ? "write" : reachOf(node, options));
  const opened = await openResources(
    needsOf([topology], (node) => reach(node) === "write"),
    {
      settings,
      log,
    },
  );
  try {
    const run = new Run({
      topologies: [topology],
      resources: opened.resources,
      log,
      live: false,
      reach: (_, node) => reach(node),
      // The journal goes on behind what is replayed of it.
      pauses: options.journal === true,
    });
    await run.open();
    const counts = countConclusions(run, topology);
    const conclusions =
      !redirected || redirected.sink !== undefined ? undefined : await Conclusions.watch(run, topology, options.out!);
    const progress = showProgress(run, stop);
    whenStopped(stop, () => void run.stop());
    const began = performance.now();
    try {
      await run.start();
    } finally {
      progress.end();
      await conclusions?.close();
    }
    const summary = summarise(
      run.status(),
      topology,
      counts,
      (performance.now() - began) / 1000,
      run.deadLetters.total,
    );
    if (options.json) out.json(summary);
    else for (const line of describe(summary)) out.line(line);
    return stop.aborted ? 130 : 0;
  } finally {
    await opened.close();
  }
}

/** A replay never sends a control message, whatever the flags: urgent sinks rehearse. */
function reachOf({ definition }: Node, { live, json }: ReplayOptions): "write" | "rehearse" | "collect" {
  if (definition.role !== "sink") return "write";
  // With --json standard output is the summary's alone.
  const writes = definition.reaches === "terminal" ? !json : live && !definition.urgent && definition.type !== "mqtt";
  if (writes) return "write";
  return definition.rehearse ? "rehearse" : "collect";
}

interface Counts {
  anomalies: number;
  episodes: number;
  adjustments: number;
}

function countConclusions(run: Run, topology: Topology): Counts {
  const counts: Counts = { anomalies: 0, episodes: 0, adjustments: 0 };
  for (const { name, emits } of topology.nodes) {
    if (emits?.kind !== "verdict" && emits?.kind !== "adjustment") continue;
    // A reminder says the same episode again.
    const episodes = new Map<string, string>();
    run.outputOf(topology.name, name)?.subscribe((batch) => {
      for (const element of batch) {
        if (isMark(element)) continue;
        const value = element.value as Verdict | Adjustment;
        if (value.kind === "verdict" && value.state === "raised") {
          if (episodes.get(element.key) === value.episode) continue;
          episodes.set(element.key, value.episode);
        }
        count(value, counts);
      }
    });
  }
  return counts;
}

function count(value: Verdict | Adjustment, counts: Counts): void {
  if (value.kind === "adjustment") {
    if (value.outcome !== "withheld") counts.adjustments++;
  } else if (value.state === "raised") {
    counts.episodes++;
    if (value.field === "anomaly_score") counts.anomalies++;
  }
}

function summarise(
  status: readonly NodeStatus[],
  topology: Topology,
  { anomalies, episodes, adjustments }: Counts,
  seconds: number,
  dead: number,
): ReplaySummary {
  const kinds = new Map(topology.nodes.map((node) => [node.name, node.emits?.kind]));
  const sum = (pick: (node: NodeStatus) => number) => status.reduce((total, node) => total + pick(node), 0);
  const records = sum((node) => (node.role === "source" ? node.in : 0));
  return {
    records,
    windows: sum((node) => (kinds.get(node.node) === "window" ? node.out : 0)),
    anomalies,
    episodes,
    adjustments,
    late: sum((node) => node.sides.late ?? 0),
    dead,
    seconds: Number(seconds.toFixed(3)),
    recordsPerSecond: Math.round(records / Math.max(seconds, 1e-3)),
  };
}

function describe(summary: ReplaySummary): string[] {
  const { records, windows, anomalies, episodes, adjustments, late, dead, seconds, recordsPerSecond } = summary;
  return [
    `records      ${records}`,
    `windows      ${windows}`,
    `episodes     ${episodes}, of which anomalies ${anomalies}`,
    `adjustments  ${adjustments}`,
    `late         ${late}`,
    `dead         ${dead}`,
    `in ${seconds.toFixed(1)} s, ${recordsPerSecond} records/s`,
  ];
}
