import type { Context, Log, ResourceKey } from "../component/context.js";
import type { Source, SourceDefinition } from "../component/definition.js";
import { Positions } from "../record/partition.js";
import type { StreamRecord } from "../record/record.js";
import { isMark } from "../record/record.js";
import type { Insert, Scenario, Topology } from "../topology/topology.js";
import { namedBy } from "../topology/references.js";
import { withSources } from "../topology/edit.js";
import { compare } from "./expectation.js";
import { Run } from "./run.js";

export interface ScenarioResult {
  readonly scenario: Scenario;
  /** What came out otherwise than expected, as lines to print; empty where the scenario holds. */
  readonly differences: readonly string[];
}

export interface ScenarioOptions {
  readonly log: Log;
  readonly resources: ReadonlyMap<ResourceKey<unknown>, unknown>;
  /** Makes a source of a recording that a scenario names. */
  readonly recording: (file: string) => SourceDefinition;
}

/** Runs one test of a pipeline file: inserts in place of the sources, nothing written anywhere, all in lockstep. */
export async function runScenario(
  topology: Topology,
  scenario: Scenario,
  { log, resources, recording }: ScenarioOptions,
): Promise<ScenarioResult> {
  const standIns = new Map<string, SourceDefinition>();
  for (const { name, definition } of topology.nodes) {
    if (definition.role !== "source") continue;
    const inserts = scenario.insert.filter(({ at }) => at === name);
    standIns.set(
      name,
      inOrder(
        definition,
        inserts.map((insert) => sourceOf(insert, recording)),
      ),
    );
  }
  const run = new Run({
    topologies: [withSources(topology, standIns)],
    resources,
    log,
    live: false,
    reach: (_, { definition }) => (definition.role === "sink" && definition.rehearse ? "rehearse" : "collect"),
  });
  await run.open();
  const seen = new Map<string, StreamRecord[]>();
  for (const { at } of scenario.expect) {
    if (seen.has(at)) continue;
    const records: StreamRecord[] = [];
    seen.set(at, records);
    const { name, side } = namedBy(at);
    run.outputOf(topology.name, name, side)?.subscribe((batch) => {
      for (const element of batch) if (!isMark(element)) records.push(element);
    });
  }
  await run.start();
  const deadAt = new Map(run.status().map(({ node, dead }) => [node, dead]));
  const differences = scenario.expect.flatMap((expectation) =>
    compare(expectation, seen.get(expectation.at) ?? [], deadAt.get(namedBy(expectation.at).name)),
  );
  const dead = run.deadLetters.kept.map(
    ({ node, reason, place }) => `dead letter at ${node}: ${reason}${place ? ` (${place})` : ""}`,
  );
  return { scenario, differences: differences.length > 0 ? [...differences, ...dead] : [] };
}

type Opener = (context: Context) => Promise<Source<unknown>>;

function sourceOf({ at, file, records = [] }: Insert, recording: (file: string) => SourceDefinition): Opener {
  if (file !== undefined) {
    const definition = recording(file);
    return async (context) => (await definition.open(undefined, context)) as Source<unknown>;
  }
  const positions = new Positions(at, 1);
  const batch = records.map(({ key, eventTime, value }) => ({ key, eventTime, value, position: positions.next(key) }));
  return () =>
    Promise.resolve({
      async *read() {
        yield await Promise.resolve(batch);
      },
    });
}

/** A definition like that of the file whose source reads the inserts one after the other. */
function inOrder(definition: SourceDefinition, openers: readonly Opener[]): SourceDefinition {
  return {
    ...definition,
    async open(_, context) {
      const sources = await Promise.all(openers.map((open) => open(context)));
      return {
        async *read(stop) {
          for (const source of sources) yield* source.read(stop);
        },
        async close() {
          for (const source of sources) await source.close?.();
        },
      };
    },
  };
}
