import { ConfigError } from "../streams/component/errors.js";
import type { Node, Topology } from "../streams/topology/topology.js";

/** The pipeline variable that `--train-rows` sets. */
export const TRAIN_ROWS = "TRAIN_ROWS";

/** A graph one of whose sinks writes where the command line said. */
export interface Redirected {
  readonly topology: Topology;
  /** The sink; absent where the pipeline has no csv sink. */
  readonly sink?: string;
}

/** Lets the csv sink of a pipeline write to this file, anew. Throws ConfigError where it is not clear which is meant. */
export function redirectFile(topology: Topology, path: string): Redirected {
  const [sink, ...others] = topology.nodes.filter(isCsvSink);
  if (!sink) return { topology };
  if (others.length > 0) {
    const names = [sink, ...others].map(({ name }) => `"${name}"`).join(", ");
    throw new ConfigError(`--out: ${topology.file} has several csv sinks (${names}); leave all but one out`);
  }
  const options: unknown = { ...(sink.options as object), file: path, replace: true };
  const nodes = topology.nodes.map((node) => (node === sink ? { ...node, options } : node));
  return { topology: { ...topology, nodes }, sink: sink.name };
}

/** Refuses `--train-rows` where no operator heeds it. */
export function checkTrainRows(topology: Topology, rows: number): void {
  const heeds = ({ options }: Node) => (options as { train_rows?: unknown } | undefined)?.train_rows === rows;
  if (topology.nodes.some(heeds)) return;
  throw new ConfigError(
    `--train-rows: nothing in ${topology.file} heeds it; give a score-anomalies operator train_rows: "\${${TRAIN_ROWS}:-0}"`,
  );
}

function isCsvSink({ definition }: Node): boolean {
  return definition.role === "sink" && definition.type === "csv";
}
