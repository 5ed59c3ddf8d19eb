import type { Log } from "../component/context.js";
import type { Source } from "../component/definition.js";
import { Offsets } from "../record/partition.js";
import type { StreamRecord } from "../record/record.js";
import { isMark } from "../record/record.js";
import type { Insert, Scenario, Topology } from "../topology/topology.js";
import { compare } from "./expectation.js";
import { Run } from "./run.js";

export interface ScenarioResult {
  readonly scenario: Scenario;
  /** What came out otherwise than expected, as lines to print; empty where the scenario holds. */
  readonly differences: readonly string[];
}

export interface ScenarioOptions {
  readonly log: Log;
  readonly resources: ConstructorParameters<typeof Run>[0]["resources"];
  /** Makes a source of a recording that a scenario names. */
  readonly openRecording: (file: string) => Source<unknown>;
}

/** Runs one test of a pipeline file: inserts in place of the sources, nothing written anywhere, all in lockstep. */
export async function runScenario(
  topology: Topology,
  scenario: Scenario,
  { log, resources = new Map(), openRecording }: ScenarioOptions,
): Promise<ScenarioResult> {
  const substitutes = new Map<string, Source<unknown>>();
  for (const { name, definition } of topology.nodes) {
    if (definition.role !== "source") continue;
    const inserts = scenario.insert.filter(({ at }) => at === name);
    substitutes.set(name, inOrder(inserts.map((insert) => sourceOf(insert, openRecording))));
  }
  const run = new Run({
    topologies: [topology],
    resources,
    log,
    live: false,
    substitutes,
    reach: (_, { definition }) => (definition.role === "sink" && definition.rehearse ? "rehearse" : "collect"),
  });
  await run.open();
  const seen = new Map<string, StreamRecord[]>();
  for (const { at } of scenario.expect) {
    if (seen.has(at)) continue;
    const records: StreamRecord[] = [];
    seen.set(at, records);
    run.outputOf(topology.name, at)?.subscribe((batch) => {
      for (const element of batch) if (!isMark(element)) records.push(element);
    });
  }
  await run.start();
  const dead = run.deadLetters.kept.map(
    ({ node, reason, place }) => `dead letter at ${node}: ${reason}${place ? ` (${place})` : ""}`,
  );
  const differences = scenario.expect.flatMap((expectation) => compare(expectation, seen.get(expectation.at) ?? []));
  return { scenario, differences: differences.length > 0 ? [...differences, ...dead] : [] };
}

function sourceOf(
  { at, file, records = [] }: Insert,
  openRecording: (file: string) => Source<unknown>,
): Source<unknown> {
  if (file !== undefined) return openRecording(file);
  const offsets = new Offsets(at, 1);
  const batch = records.map(({ key, eventTime, value }) => ({ key, eventTime, value, position: offsets.next(key) }));
  return {
    async *read() {
      yield await Promise.resolve(batch);
    },
  };
}

function inOrder(sources: readonly Source<unknown>[]): Source<unknown> {
  return {
    async *read(stop) {
      for (const source of sources) yield* source.read(stop);
    },
  };
}
