import type { SourceDefinition } from "../streams/component/definition.js";
import { ConfigError } from "../streams/component/errors.js";
import type { Registry } from "../streams/component/registry.js";
import { systemClock } from "../streams/time/clock.js";
import type { Topology } from "../streams/topology/topology.js";
import { sourceOfReadings } from "./stand-in.js";

/** What a command line says of the recording that stands in for a source: CSV files, or the journal. */
export interface RecordingOptions {
  readonly key?: string | undefined;
  readonly time?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly speed?: number | "max" | undefined;
  readonly journal?: boolean;
  readonly stream?: string | undefined;
  readonly printer?: readonly string[] | undefined;
  readonly job?: string | undefined;
}

const FLAGS: Readonly<Record<string, string>> = { since: "from", until: "to", printers: "printer" };
const OF_CSV = ["key", "time", "speed"] as const;
const OF_JOURNAL = ["stream", "printer", "job"] as const;

/** The source that stands in for that of a pipeline. Throws ConfigError for options that make no sense. */
export function standInFor(
  topology: Topology,
  registry: Registry,
  files: readonly string[],
  options: RecordingOptions,
): SourceDefinition {
  const { journal = false } = options;
  if (journal && files.length > 0) throw new ConfigError("give CSV files, or --journal, but not both");
  if (!journal && files.length === 0) throw new ConfigError("give CSV files to replay, or --journal");
  for (const name of journal ? OF_CSV : OF_JOURNAL) {
    const given = options[name];
    if (given !== undefined && given !== "max" && !(Array.isArray(given) && given.length === 0))
      throw new ConfigError(`--${name} goes with ${journal ? "CSV files, and --journal was given" : "--journal"}`);
  }
  if (!journal) return recordingOf(registry, files, options);
  const { stream = `${topology.name}.${sourceOfReadings(topology).name}`, printer = [], job, from, to } = options;
  const printers = printer.length > 0 ? printer : undefined;
  return sourceWith(registry, "journal", { stream, since: from, until: to, printers, job });
}

/** The csv source with these files. Paced replays go by the real clock. */
export function recordingOf(
  registry: Registry,
  files: readonly string[],
  { key, time, from: since, to: until, speed }: RecordingOptions = {},
): SourceDefinition {
  const definition = sourceWith(registry, "csv", { files, key, time, since, until, speed });
  return { ...definition, open: (_, context) => definition.open(undefined, { ...context, clock: systemClock }) };
}

function sourceWith(registry: Registry, type: string, options: object): SourceDefinition {
  const found = registry.find("source", type);
  if (!found) throw new Error(`the ${type} source is not in the list of components`);
  const parsed = found.options.safeParse(
    Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)),
  );
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0]!;
    throw new ConfigError(`--${FLAGS[path.join(".")] ?? path.join(".")}: ${message}`);
  }
  return { ...found, open: (_, context) => found.open(parsed.data, context) };
}
