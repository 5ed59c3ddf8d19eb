import {
  concat,
  connectable,
  filter,
  identity,
  map,
  merge,
  Observable,
  of,
  share,
  Subject,
  type Connectable,
} from "rxjs";
import type { BatchOperator, OperatorDefinition, RecordOperator, SinkDefinition } from "../component/definition.js";
import type { Batch, Element } from "../record/record.js";
import type { Input, Topology } from "../topology/topology.js";
import { Alignment } from "./alignment.js";
import { Inlet } from "./inlet.js";
import { BatchNode } from "./batch-node.js";
import { Deferral } from "./deferral.js";
import type { Arrival, Barrier, Emission } from "./emission.js";
import { type OpenNode, statefulOf } from "./open.js";
import type { Admission } from "./queue.js";
import { inOrder } from "./in-order.js";
import { recordNode } from "./record-node.js";
import { type Answer, type Returning, returnTo, returnToSource } from "./retry.js";
import { SinkNode } from "./sink-node.js";
import { sourceStream } from "./source-stream.js";
import type { WireOptions } from "./wire-options.js";
import { promptNodes } from "./urgency.js";

/** A topology as observables, cold until `flow` is called. */
export interface Wired {
  /** What a node gives out, in the main or on a side: of a sink that reports nothing, what it is given. */
  outputOf(node: string, side?: string): Observable<Batch> | undefined;
  /** Connects sinks and operators. */
  connect(): void;
  /** Brings something that was put aside back to its node; undefined where there is none of that name. */
  retry(node: string, returning: Returning): Answer | undefined;
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
  const ways = new Map<string, (returning: Returning) => Answer>();

  for (const open of nodes) {
    const { node, metrics } = open;
    const dead = (element: Element, reason: string, input = 0): void =>
      options.deadLetters.add({
        pipeline: topology.name,
        node: node.name,
        reason,
        key: element.key,
        position: element.position,
        eventTime: element.eventTime,
        ...(input > 0 && { input }),
        payload: element.value,
      });
    const relieved = (): void => options.admission.relieved();
    const checkpointer = options.checkpoints?.checkpointer;
    const passing = (barrier: Barrier): void => checkpointer?.nodePassed(node.name, barrier, statefulOf(open));
    const common = { metrics, clock: options.clock, live: options.live, dead, relieved, passing };
    const heard = (input: Input): Observable<Emission> =>
      (prompt.has(node.name) ? undefined : deferred.get(input.node)) ?? outputs.get(input.node)!;
    const inlet = new Inlet<Arrival>();
    if (open.role !== "source") ways.set(node.name, (returning) => returnTo(open, inlet, returning));
    // What comes by it belongs to no epoch: barriers and what is held back for them are none of its business.
    const arrivals = arrivalsAt(node.inputs, heard, options.admission).pipe(inlet.beside());

    if (open.role === "source") {
      const { emissions, again } = sourceStream(open, options);
      ways.set(node.name, (returning) => returnToSource(again, returning));
      const heardByAll = prompt.size > 0 ? emissions : emissions.pipe(filter(({ aside }) => !aside));
      const source$ = connectable(heardByAll, { connector: () => new Subject() });
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
          : arrivals.pipe(
              recordNode(open.operator, {
                metrics,
                dead,
                passing,
                ownTime,
                leaveMarks: needsTime.has(node.name),
                pauses: options.pauses,
              }),
            ),
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
        spool: open.spool,
        giveUp: options.giveUp,
      });
      options.admission.add(sink);
      checkpointer?.addOutlet({ name: node.name, spill: () => sink.spill(), sync: () => sink.sync() });
      // Where epochs end is known for streams that are kept alone.
      const ordered = definition.ordered === true && options.pauses;
      const shared = arrivals.pipe(ordered ? inOrder() : identity, share());
      outputs.set(node.name, sink.output);
      given.set(
        node.name,
        shared.pipe(
          filter(({ batch }) => batch.length > 0),
          map(({ batch }) => batch),
        ),
      );
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
    retry: (node, returning) => ways.get(node)?.(returning),
    connect: () => connects.forEach(({ go }) => go()),
    async flow() {
      for (const source of sources) source.connect();
      options.checkpoints?.checkpointer.start();
      await Promise.all(finished);
      await options.checkpoints?.checkpointer.settled();
    },
  };
}

function ending(stream: Observable<unknown>): Promise<void> {
  return new Promise((resolve, reject) => stream.subscribe({ complete: resolve, error: reject }));
}

function queued(node: BatchNode, arrivals: Observable<Arrival>, admission: Admission): Observable<Emission> {
  admission.add(node);
  return node.run(arrivals);
}

/** What arrives at a node, with barriers that have come by all of its inputs. */
function arrivalsAt(
  inputs: readonly Input[],
  heard: (input: Input) => Observable<Emission>,
  admission: Admission,
): Observable<Arrival> {
  if (inputs.length === 1) return arrivalsOf(heard(inputs[0]!), inputs[0]!, 0);
  const alignment = new Alignment(inputs.length, () => admission.relieved());
  admission.addAnteroom(alignment);
  const each = inputs.map((input, i) =>
    concat(arrivalsOf(heard(input), input, i), of<Arrival>({ input: i, batch: [], ended: true })),
  );
  return merge(...each).pipe(alignment.run());
}

function arrivalsOf(emissions: Observable<Emission>, { side }: Input, input: number): Observable<Arrival> {
  return emissions.pipe(
    map(({ main, sides, barrier }): Arrival => {
      if (barrier) return { input, batch: [], barrier };
      return { input, batch: side === undefined ? main : (sides?.get(side) ?? []) };
    }),
    filter(({ batch, barrier }) => batch.length > 0 || barrier !== undefined),
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
