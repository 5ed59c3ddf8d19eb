import {
  catchError,
  connectable,
  EMPTY,
  filter,
  map,
  merge,
  Observable,
  share,
  Subject,
  tap,
  type Connectable,
} from "rxjs";
import type { BatchOperator, OperatorDefinition, RecordOperator, SinkDefinition } from "../component/definition.js";
import type { Batch, Element } from "../record/record.js";
import { isMark } from "../record/record.js";
import type { Input, Topology } from "../topology/topology.js";
import { BatchNode } from "./batch-node.js";
import { Deferral } from "./deferral.js";
import type { Arrival, Emission } from "./emission.js";
import { markIdle } from "./idle.js";
import type { OpenNode, Surroundings } from "./open.js";
import type { Admission } from "./queue.js";
import { readSource } from "./read-source.js";
import { recordNode } from "./record-node.js";
import type { ReplayClock } from "./replay-clock.js";
import { SinkNode } from "./sink-node.js";
import { promptNodes } from "./urgency.js";

export interface WireOptions extends Surroundings {
  readonly admission: Admission;
  readonly stop: AbortSignal;
  readonly giveUp: AbortSignal;
  /** A source cannot go on. */
  readonly fail: (cause: unknown) => void;
  readonly replayClock?: ReplayClock;
}

/** A topology as observables, cold until `flow` is called. */
export interface Wired {
  /** What a node gives out, in the main or on a side: of a sink that reports nothing, what it is given. */
  outputOf(node: string, side?: string): Observable<Batch> | undefined;
  /** Connects sinks and operators. */
  connect(): void;
  /** Lets the sources flow. Resolves when every sink has written its last record. */
  flow(): Promise<void>;
}

/** Makes observables of open nodes: one stream a node, one subscription a sink, every source connected last. */
export function wire(topology: Topology, nodes: readonly OpenNode[], options: WireOptions): Wired {
  const outputs = new Map<string, Observable<Emission>>();
  const given = new Map<string, Observable<Batch>>();
  const sources: Connectable<Emission>[] = [];
  const connects: { readonly prompt: boolean; readonly go: () => void }[] = [];
  const finished: Promise<void>[] = [];
  const prompt = promptNodes(nodes);
  /** What sources give out, for those in no hurry. */
  const deferred = new Map<string, Observable<Emission>>();
  const needsTime = timedNodes(nodes);

  for (const open of nodes) {
    const { node, metrics } = open;
    const dead = (element: Element, reason: string): void =>
      options.deadLetters.add({
        pipeline: topology.name,
        node: node.name,
        reason,
        key: element.key,
        position: element.position,
        eventTime: element.eventTime,
        payload: element.value,
      });
    const relieved = (): void => options.admission.relieved();
    const common = { metrics, clock: options.clock, live: options.live, dead, relieved };
    const heard = (input: Input): Observable<Emission> =>
      (prompt.has(node.name) ? undefined : deferred.get(input.node)) ?? outputs.get(input.node)!;
    const arrivals = merge(...node.inputs.map((input, i) => arrivalsOf(heard(input), input, i)));

    if (open.role === "source") {
      const source$ = connectable(sourceStream(open, options), { connector: () => new Subject() });
      outputs.set(node.name, source$);
      sources.push(source$);
      if (options.live && prompt.size > 0) {
        const deferral = new Deferral(options.admission);
        const later$ = connectable(deferral.run(source$), { connector: () => new Subject() });
        deferred.set(node.name, later$);
        connects.push({ prompt: true, go: () => void later$.connect() });
      }
    } else if (open.role === "operator") {
      const { ownTime = false } = node.definition as OperatorDefinition;
      const node$ = connectable(
        isBatchOperator(open.operator)
          ? queued(new BatchNode(open.operator, common), arrivals, options.admission)
          : arrivals.pipe(recordNode(open.operator, { metrics, dead, ownTime, leaveMarks: needsTime.has(node.name) })),
        { connector: () => new Subject() },
      );
      outputs.set(node.name, node$);
      connects.push({ prompt: prompt.has(node.name), go: () => void node$.connect() });
    } else {
      const definition = node.definition as SinkDefinition;
      const sink = new SinkNode(open.sink, {
        ...common,
        policy: definition.buffer(node.options),
        log: open.log,
        urgent: definition.urgent === true,
        giveUp: options.giveUp,
      });
      options.admission.add(sink);
      const shared = arrivals.pipe(share());
      outputs.set(node.name, sink.output);
      given.set(node.name, shared.pipe(map(({ batch }) => batch)));
      connects.push({ prompt: prompt.has(node.name), go: () => void finished.push(sink.run(shared)) });
    }
  }

  // An output that nobody reads ends the run too: a graph may be cut off before its sinks.
  const read = new Set(topology.nodes.flatMap(({ inputs }) => inputs.map(({ node }) => node)));
  for (const { node, role } of nodes) {
    if (role === "sink" || read.has(node.name)) continue;
    const go = (): void => void finished.push(ending(outputs.get(node.name)!));
    connects.push({ prompt: false, go });
  }

  // Who subscribes first is given each batch first: feedback comes before rows and inference.
  connects.sort((a, b) => Number(b.prompt) - Number(a.prompt));
  return {
    outputOf(name, side) {
      const node = topology.nodes.find((known) => known.name === name);
      if (node?.definition.role === "sink" && !node.emits) return given.get(name);
      const emissions = outputs.get(name);
      return emissions && streamOf(emissions, side);
    },
    connect: () => connects.forEach(({ go }) => go()),
    async flow() {
      for (const source of sources) source.connect();
      await Promise.all(finished);
    },
  };
}

function ending(stream: Observable<unknown>): Promise<void> {
  return new Promise((resolve, reject) => stream.subscribe({ complete: resolve, error: reject }));
}

function sourceStream(open: OpenNode & { role: "source" }, options: WireOptions): Observable<Emission> {
  const { source, metrics } = open;
  const batches = readSource(source, options.stop, options.admission).pipe(
    catchError((cause: unknown) => {
      options.fail(cause);
      return EMPTY;
    }),
  );
  const marked = options.live && source.idle ? batches.pipe(markIdle(source.idle, options.time)) : batches;
  return marked.pipe(
    tap((batch) => {
      options.replayClock?.observe(batch);
      let records = 0;
      for (const element of batch) if (!isMark(element)) records++;
      metrics.in += records;
      metrics.out += records;
    }),
    map((main) => ({ main })),
  );
}

function queued(node: BatchNode, arrivals: Observable<Arrival>, admission: Admission): Observable<Emission> {
  admission.add(node);
  return node.run(arrivals);
}

function arrivalsOf(emissions: Observable<Emission>, input: Input, index: number): Observable<Arrival> {
  return streamOf(emissions, input.side).pipe(
    filter((batch) => batch.length > 0),
    map((batch) => ({ input: index, batch })),
  );
}

function streamOf(emissions: Observable<Emission>, side: string | undefined): Observable<Batch> {
  return side === undefined
    ? emissions.pipe(map(({ main }) => main))
    : emissions.pipe(map(({ sides }): Batch => sides?.get(side) ?? []));
}

function isBatchOperator(
  operator: RecordOperator<unknown, unknown> | BatchOperator<unknown, unknown>,
): operator is BatchOperator<unknown, unknown> {
  return "processBatch" in operator;
}

/** Nodes with someone behind them who wants to hear of time that passed without a record. */
function timedNodes(nodes: readonly OpenNode[]): ReadonlySet<string> {
  const timed = new Set<string>();
  for (const open of [...nodes].reverse()) {
    const listens = open.role === "operator" && !isBatchOperator(open.operator) && open.operator.advance !== undefined;
    const { definition, inputs, name } = open.node;
    const passesOn = definition.role === "operator" && !definition.ownTime && timed.has(name);
    if (listens || passesOn) for (const input of inputs) timed.add(input.node);
  }
  return timed;
}
