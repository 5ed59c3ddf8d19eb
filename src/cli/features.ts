import { basename } from "node:path";
import { Labels } from "../models/training/labels.js";
import type { Recording, TrainingRow } from "../models/training/recording.js";
import { ConfigError } from "../streams/component/errors.js";
import type { SourceDefinition } from "../streams/component/definition.js";
import { isMark } from "../streams/record/record.js";
import type { Features, Reading } from "../streams/record/values.js";
import { Run } from "../streams/runtime/run.js";
import { partFor, withSources } from "../streams/topology/edit.js";
import type { Topology } from "../streams/topology/topology.js";
import { recordingOf } from "./recording.js";
import { type Session, whenStopped } from "./session.js";

/** The node of a pipeline that feeds a model. */
export function featuresOf({ nodes, file }: Topology, model: string): string {
  const feeding = nodes.find(
    ({ definition, options }) => definition.type === "infer" && (options as { model: string }).model === model,
  );
  if (!feeding)
    throw new ConfigError(
      `${file}: no infer node uses model "${model}", so nobody knows its features; add one, or give --pipeline`,
    );
  return feeding.inputs[0]!.node;
}

/** Runs one recording through the part of a pipeline that makes features, and keeps them with their labels. */
export async function recordFeatures(
  { registry, log, stop }: Session,
  topology: Topology,
  node: string,
  file: string,
): Promise<Recording & { readonly window: number }> {
  const part = partFor(topology, [node]);
  const sources = part.nodes.filter(({ definition }) => definition.role === "source");
  const [first] = sources;
  if (!first || sources.length > 1)
    throw new ConfigError(
      `${topology.file}: the features of "${node}" come from ${sources.length} sources; one can be replaced by a recording`,
    );
  const standIns = new Map<string, SourceDefinition>([[first.name, recordingOf(registry, [file])]]);
  const run = new Run({ topologies: [withSources(part, standIns)], log, live: false });
  await run.open();
  const labels = new Labels();
  run.outputOf(part.name, first.name)?.subscribe((batch) => {
    for (const element of batch) {
      if (isMark(element)) continue;
      const { anomaly } = element.value as Reading;
      // A recording has an empty cell where nothing is wrong.
      labels.add(element.key, element.eventTime, typeof anomaly === "string" ? anomaly : null);
    }
  });
  const rows: TrainingRow[] = [];
  let names: readonly string[] = [];
  let window = 0;
  run.outputOf(part.name, node)?.subscribe((batch) => {
    for (const element of batch) {
      if (isMark(element)) continue;
      const features = element.value as Features;
      const { start, end } = features.evidence.window ?? { start: element.eventTime, end: element.eventTime };
      names = features.names;
      window = Math.max(window, end - start);
      rows.push({ key: element.key, time: end, values: features.values, label: labels.of(element.key, start, end) });
    }
  });
  whenStopped(stop, () => void run.stop());
  await run.start();
  return { file: basename(file), names, rows, window };
}
