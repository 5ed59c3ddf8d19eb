import type { Context, Log, ResourceKey } from "../component/context.js";
import type {
  Operator,
  OperatorDefinition,
  AnySink,
  Sink,
  SinkDefinition,
  Source,
  SourceDefinition,
  Stateful,
} from "../component/definition.js";
import { ConfigError } from "../component/errors.js";
import type { Chunk, Durability, JournalStream } from "../journal/journal.js";
import type { SharedStream } from "../journal/shared.js";
import { Positions } from "../record/partition.js";
import type { Clock } from "../time/clock.js";
import type { Node, Topology } from "../topology/topology.js";
import type { DeadLetters } from "./dead-letters.js";
import { KeptDeeds, type NodeDeeds } from "./deeds.js";
import { IdleWatch } from "./idle.js";
import { NodeMetrics } from "./metrics.js";
import { Recent } from "./recent.js";
import type { Share } from "./share.js";
import { SharedDeeds } from "./shared-deeds.js";
import { Spool } from "./spool/spool.js";

/** What a run is given besides its topologies. */
export interface Surroundings {
  /** Processing time, for pauses and buffers. */
  readonly clock: Clock;
  /** What components take for now: the same clock, or that of a replay. */
  readonly time: Clock;
  readonly log: Log;
  readonly live: boolean;
  readonly partitions: number;
  /** Keeps the streams of sources that cannot give a record twice. Absent: nothing is kept. */
  readonly journal?: OpenJournal;
  /** What other instances took in of a stream last. */
  readonly elsewhere?: Elsewhere;
  /** The part of the work that is ours where there are others. */
  readonly share?: Share;
  /** The folder where records wait for sinks whose other side is away. Absent: they wait in memory alone. */
  readonly spools?: string;
  readonly resources: ReadonlyMap<ResourceKey<unknown>, unknown>;
  readonly deadLetters: DeadLetters;
  /** Whether a sink writes, decides as if it wrote, or only sees its records counted. */
  readonly reach: (topology: Topology, node: Node) => "write" | "rehearse" | "collect";
}

/** Opens the stream of a source. @param as the name that its records bear in their positions */
export type OpenJournal = (name: string, as: string, partitions: number) => Promise<JournalStream>;

/**
 * @param as the name that the records bear in their positions
 * @param span ms
 */
export type Elsewhere = (name: string, as: string, span: number) => AsyncIterable<Chunk>;

/** A stream that is kept. */
export interface Kept {
  readonly elsewhere?: (span: number) => AsyncIterable<Chunk>;
  readonly stream: JournalStream;
  readonly durability: Durability;
  readonly recent: Recent;
}

export type OpenNode = { readonly node: Node; readonly metrics: NodeMetrics; readonly log: Log } & (
  | {
      readonly role: "source";
      readonly source: Source<unknown>;
      readonly idle: IdleWatch | undefined;
      readonly kept: Kept | undefined;
      readonly shared?: undefined;
    }
  /** Another process reads it. */
  | { readonly role: "source"; readonly shared: SharedStream }
  | { readonly role: "operator"; readonly operator: Operator<unknown, unknown> }
  | {
      readonly role: "sink";
      readonly sink: AnySink;
      readonly deeds: NodeDeeds | undefined;
      readonly spool: Spool | undefined;
    }
);

/** What a node holds that a restart must not lose. */
export function statefulOf(open: OpenNode): Stateful {
  if (open.role !== "source") return open.role === "operator" ? open.operator : open.sink;
  if (open.shared) return {};
  const { source, idle } = open;
  if (!idle) return source;
  return { state: { ...source.state, idle: idle.keys }, ...(source.ownState && { ownState: source.ownState }) };
}

/** A sink that touches nothing: in a scenario, what it would have been given is what counts. */
const nowhere: Sink<unknown, unknown> = { write: () => Promise.resolve(undefined) };

/** Opens every node of a topology, sinks first and sources last. A failure closes what was open and is thrown on. */
export async function openNodes(topology: Topology, surroundings: Surroundings): Promise<OpenNode[]> {
  const open: OpenNode[] = [];
  try {
    for (const node of [...topology.nodes].reverse()) open.push(await openNode(topology, node, surroundings));
  } catch (cause) {
    await closeNodes(open);
    throw cause;
  }
  return open.reverse();
}

/** Closes in the order of the graph: who gives before who takes. */
export async function closeNodes(nodes: readonly OpenNode[]): Promise<void> {
  for (const open of nodes) {
    try {
      await closeNode(open);
    } catch (cause) {
      open.log.warn("closing failed", { cause });
    }
  }
}

async function closeNode(open: OpenNode): Promise<void> {
  switch (open.role) {
    case "source":
      if (open.shared) return;
      await open.source.close?.();
      return open.kept?.stream.close();
    case "operator":
      return open.operator.close?.();
    case "sink":
      await open.sink.close?.();
      await open.deeds?.close();
      await open.spool?.close();
  }
}

async function openNode(topology: Topology, node: Node, surroundings: Surroundings): Promise<OpenNode> {
  const metrics = new NodeMetrics();
  const { definition, options } = node;
  if (definition.role === "source") return openSource(definition, topology, node, metrics, surroundings);
  const context = contextOf(topology, node, metrics, surroundings);
  const { log } = context;
  switch (definition.role) {
    case "operator": {
      const operator = await (definition as OperatorDefinition).open(options, context);
      return { role: "operator", node, metrics, log, operator: operator as Operator<unknown, unknown> };
    }
    case "sink": {
      const remembers = definition.deeds && surroundings.reach(topology, node) === "write";
      const deeds = remembers ? await openDeeds(topology, node, log, surroundings) : undefined;
      const given = deeds ? { ...context, deeds } : context;
      let spool: Spool | undefined;
      try {
        spool = await openSpool(definition, topology, node, log, surroundings);
        const sink = await openSink(definition, topology, node, given, surroundings);
        return { role: "sink", node, metrics, log, sink, deeds, spool };
      } catch (cause) {
        await spool?.close();
        await deeds?.close();
        throw cause;
      }
    }
  }
}

async function openDeeds(
  topology: Topology,
  node: Node,
  log: Log,
  { clock, journal, share, partitions }: Surroundings,
): Promise<NodeDeeds | undefined> {
  const name = streamName(topology, node);
  if (share) return new SharedDeeds(await share.notes(name), share, log);
  return journal && new KeptDeeds(await journal(name, node.name, partitions), { clock, log });
}

/** What the journal calls the stream of a node. */
function streamName(topology: Topology, node: Node): string {
  return `${topology.name}.${node.name}`;
}

/** Only a live run that writes leaves anything for the next. */
async function openSpool(
  definition: SinkDefinition,
  topology: Topology,
  node: Node,
  log: Log,
  { spools: folder, live, reach, clock }: Surroundings,
): Promise<Spool | undefined> {
  const { spool: bytes = 0, overflow } = definition.buffer(node.options);
  if (folder === undefined || bytes === 0 || !live || reach(topology, node) !== "write") return undefined;
  return Spool.open({ folder, pipeline: topology.name, node: node.name, bytes, overflow, log, clock });
}

async function openSource(
  definition: SourceDefinition,
  topology: Topology,
  node: Node,
  metrics: NodeMetrics,
  surroundings: Surroundings,
): Promise<OpenNode> {
  const { journal, elsewhere, partitions, clock, time, live, share } = surroundings;
  const { name, options } = node;
  if (share) {
    const { log } = contextOf(topology, node, metrics, surroundings);
    return { role: "source", node, metrics, log, shared: await share.stream(streamName(topology, node), name) };
  }
  const durability = journal && definition.keeps?.(options);
  const stream = durability && (await journal(streamName(topology, node), name, partitions));
  const as = streamName(topology, node);
  const others = elsewhere && { elsewhere: (span: number) => elsewhere(as, name, span) };
  const kept = stream && { stream, durability, recent: new Recent(stream, () => clock.now()), ...others };
  const positions = new Positions(name, partitions, stream?.ends());
  const context = {
    ...contextOf(topology, node, metrics, surroundings),
    positions,
    ...(kept && { recentlyTaken: (own: boolean) => kept.recent.look(own) }),
  };
  try {
    const source = (await definition.open(options, context)) as Source<unknown>;
    const idle = live && source.idle ? new IdleWatch(source.idle, time, positions, source.line) : undefined;
    return { role: "source", node, metrics, log: context.log, source, idle, kept };
  } catch (cause) {
    await stream?.close();
    throw cause;
  }
}

async function openSink(
  definition: SinkDefinition,
  topology: Topology,
  node: Node,
  context: Context,
  { reach }: Surroundings,
): Promise<AnySink> {
  switch (reach(topology, node)) {
    case "write":
      return definition.open(node.options, context);
    case "rehearse":
      return definition.rehearse?.(node.options, context) ?? nowhere;
    case "collect":
      return nowhere;
  }
}

function contextOf(topology: Topology, node: Node, metrics: NodeMetrics, surroundings: Surroundings): Context {
  const { time, live, partitions, resources, deadLetters } = surroundings;
  const pipeline = topology.name;
  return {
    pipeline,
    node: node.name,
    clock: time,
    log: withFields(surroundings.log, { pipeline, node: node.name }),
    inputs: node.inputs.map(({ node: from, side, type }) => ({ node: side ? `${from}.${side}` : from, type })),
    demand: node.demand,
    positions: new Positions(node.name, partitions),
    live,
    resource<T>(key: ResourceKey<T>): T {
      if (resources.has(key)) return resources.get(key) as T;
      throw new ConfigError(`${pipeline}: node "${node.name}" needs ${key.name}, and there is none: ${key.mend}`);
    },
    reject(rejection) {
      metrics.dead++;
      deadLetters.add({ pipeline, node: node.name, ...rejection });
    },
  };
}

/** The same log with fields that every line carries. */
export function withFields(log: Log, common: Readonly<Record<string, unknown>>): Log {
  return {
    debug: (message, fields) => log.debug(message, { ...common, ...fields }),
    info: (message, fields) => log.info(message, { ...common, ...fields }),
    warn: (message, fields) => log.warn(message, { ...common, ...fields }),
    error: (message, fields) => log.error(message, { ...common, ...fields }),
  };
}
