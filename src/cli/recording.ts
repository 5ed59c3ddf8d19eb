import type { SourceDefinition } from "../streams/component/definition.js";
import { ConfigError } from "../streams/component/errors.js";
import type { Registry } from "../streams/component/registry.js";
import { systemClock } from "../streams/time/clock.js";

/** Options of the csv source that a command line can give. */
export interface RecordingOptions {
  readonly key?: string | undefined;
  readonly time?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly speed?: number | "max" | undefined;
}

const FLAGS: Readonly<Record<string, string>> = { since: "from", until: "to" };

/** The csv source with these files, to stand in for a source of a pipeline. Paced replays go by the real clock. */
export function recordingOf(
  registry: Registry,
  files: readonly string[],
  options: RecordingOptions = {},
): SourceDefinition {
  const csv = registry.find("source", "csv");
  if (!csv) throw new Error("the csv source is not in the list of components");
  const { key, time, from: since, to: until, speed } = options;
  const given = Object.entries({ files, key, time, since, until, speed }).filter(([, value]) => value !== undefined);
  const parsed = csv.options.safeParse(Object.fromEntries(given));
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0]!;
    throw new ConfigError(`--${FLAGS[path.join(".")] ?? path.join(".")}: ${message}`);
  }
  return { ...csv, open: (_, context) => csv.open(parsed.data, { ...context, clock: systemClock }) };
}
