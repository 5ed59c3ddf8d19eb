/* eslint-disable @typescript-eslint/no-explicit-any -- the registry holds definitions of every option and value type; `any` is how TypeScript says "of some type" */
import type { z } from "zod";
import type { Batch, EpochEnd, StreamRecord, TimeMark } from "../record/record.js";
import type { JsonValue } from "../record/json.js";
import type { Kind, RecordType } from "../record/record-type.js";
import type { KeyedState } from "../time/keyed-state.js";
import type { Watermark } from "../time/watermark.js";
import type { Context, Demand, ResourceKey } from "./context.js";
import type { PoisonRecordError } from "./errors.js";

/** What every component says of itself. Types, checks, defaults, docs and the JSON Schema all come from `options`. */
export interface Described<Options> {
  /** Sources and sinks are nouns after what they speak to, operators verbs or plain stream words. */
  readonly type: string;
  /** One sentence. */
  readonly summary: string;
  readonly options: z.ZodType<Options>;
  /** Options that work, each shown in the docs and compiled in the tests. At least one. */
  readonly examples: readonly object[];
  /** What it asks its context for; opened before it, and only where someone needs it. */
  readonly needs?: readonly ResourceKey<unknown>[];
  /** What it knows about its place in the graph that a schema cannot say: overlapping topics, a promise that breaks. */
  advise?(options: Options, place: NodeView): readonly Advice[];
}

/** State of each key, by name. */
export type States = { readonly [name: string]: KeyedState<any> };

/** What survives a restart: same state in, same output out. */
export interface Stateful {
  /**
   * A checkpoint cuts all of it at one moment between two records, and pulls it key by key while records flow on. So it is
   * changed by what `of` and `touch` give and nothing else, and after an await that is asked for anew. It is put back
   * before the first record.
   */
  readonly state?: States;
  /** State that is of no key, such as the length of a file. Small: it is saved whole, while the stream waits. */
  readonly ownState?: OwnState;
}

export interface OwnState {
  save(): JsonValue;
  /** Takes what `save` gave; called before the first record. */
  load(saved: JsonValue): void | Promise<void>;
}

/** What lies between a source and whoever it reads from. */
export interface Line {
  /** Processing time of the newest sign of life from there, a record or anything else; Infinity where nothing lies between. */
  readonly heard: number;
  /** Asks for one. */
  ask(): void;
}

export interface Source<Out> extends Stateful {
  /**
   * Batches in order of offset within each partition. The next batch is asked for when the last one has been taken in,
   * which is all the back pressure there is: a source that cannot wait keeps a bounded buffer and says what it drops.
   * A source that reads what was kept tells where epochs ended.
   * Ends when the source is finite and done, or soon after `stop` aborts. A throw ends the run (FatalError, ConfigError);
   * trouble that may pass is the source's own to wait out.
   */
  read(stop: AbortSignal): AsyncIterable<Batch<Out> | EpochEnd>;
  /** After so many ms of processing time without a record of a key the runtime marks it idle. Absent: never. */
  readonly idle?: number;
  /** Time in which nothing is heard over it is nobody's silence. Absent: it never breaks. */
  readonly line?: Line;
  /** Whether what is sent to it now will come. Absent: it always will. */
  listens?(): boolean;
  /** For a source whose stream is kept: the JSON text of each value of the last batch, "" for marks. */
  texts?(): readonly string[];
  /**
   * For a source whose stream is kept: what comes from now on, besides what `read` gives, neither acknowledged nor kept. It
   * is for those in a hurry while the journal cannot be written; `read` gives the same again once it can.
   */
  aside?(stop: AbortSignal): AsyncIterable<Batch<Out>>;
  /**
   * Reads once more what was rejected, from the place and the payload of the rejection. What it makes of it; a rejection
   * again where nothing can be. `texts` are of this batch afterwards. Is called between two batches.
   */
  again?(place: string, payload: string): Batch<Out>;
  /** Takes note of what an earlier run read and this one goes on with. */
  recall?(batch: Batch<Out>): void;
  /** Called once, after reading has ended and all that was read has been worked on. */
  close?(): Promise<void>;
}

export interface SourceDefinition<Options = any, Out = any> extends Described<Options> {
  readonly role: "source";
  emits(options: Options): RecordType;
  /** True where the source ends by itself. */
  finite(options: Options): boolean;
  /**
   * For a source that cannot give a record twice: whether its stream is kept in the journal before the next batch is asked
   * for, safe from the end of this process (`os`) or from a power cut too (`fsync`).
   */
  keeps?(options: Options): "os" | "fsync" | undefined;
  /** Opens connections. Throws ConfigError where settings are wrong, before any record flows. */
  open(options: Options, context: Context): Source<Out> | Promise<Source<Out>>;
}

/** Where an operator puts what it makes. Call it only while `process`, `advance` or `flush` runs. */
export interface Output<Out> {
  emit(record: StreamRecord<Out>): void;
  /** A stream beside the main one, read as `node.name`; counted, and let go where nobody reads it. */
  side(name: string, record: StreamRecord): void;
}

/** Most operators: one record in, any number out, at once. Knows nothing of RxJS, promises or batches. */
export interface RecordOperator<In, Out> extends Stateful {
  /** A throw makes this record a dead letter; state must stay usable. `input` is the index in `context.inputs`. */
  process(record: StreamRecord<In>, output: Output<Out>, input: number): void;
  /** Time moved on without a record, at one input. The mark itself goes on downstream afterwards. */
  advance?(mark: TimeMark, output: Output<Out>, input: number): void;
  /** The input has ended: give out what is held. */
  flush?(output: Output<Out>): void;
  /** How far event time has come here, and which key holds it back. Asked for by metrics, now and then. */
  watermark?(): Watermark | undefined;
  /** How many keys it keeps state for. */
  keys?(): number;
  close?(): Promise<void>;
}

/** An operator that is slow a record and fast a batch, such as a model. The runtime collects batches across keys. */
export interface BatchOperator<In, Out> extends Stateful {
  /** A batch goes when it has `size` records or the first of them has waited `wait` ms. */
  readonly batch: { readonly size: number; readonly wait: number };
  /**
   * One outcome a record, in their order: what was made of it, null for nothing, or why it is a dead letter. One call at
   * a time. A rejection makes dead letters of the whole batch.
   */
  processBatch(
    records: readonly StreamRecord<In>[],
  ): Promise<readonly (StreamRecord<Out> | PoisonRecordError | null)[]>;
  keys?(): number;
  close?(): Promise<void>;
}

export type Operator<In, Out> = RecordOperator<In, Out> | BatchOperator<In, Out>;

export interface OperatorDefinition<Options = any, In = any, Out = any> extends Described<Options> {
  readonly role: "operator";
  readonly accepts: readonly Kind[] | "any";
  emits(inputs: readonly RecordType[], options: Options): RecordType;
  /** Streams beside the main one, by name. */
  sides?(inputs: readonly RecordType[], options: Options): Readonly<Record<string, RecordType>>;
  /** True where what it makes of a record depends on earlier ones of the key: it has `state` then. */
  readonly stateful: boolean;
  /**
   * The part of its options without which saved state would be misread: a node whose answer is another one now cannot
   * take it. What only decides how much of the past is kept does not belong here. Absent: all options.
   */
  stateOf?(options: Options): Readonly<Record<string, JsonValue>>;
  /** True where its output has a time of its own (windows), so that a swallowed record leaves no mark. */
  readonly ownTime?: boolean;
  /** What it reads of the windows that come in. Absent: everything. */
  demands?(options: Options): Demand;
  open(options: Options, context: Context): Operator<In, Out> | Promise<Operator<In, Out>>;
}

export interface Sink<In, Out = never> extends Stateful {
  /**
   * One batch at a time, in partition order. Resolve once the batch would survive a crash of this process.
   * Throw DisconnectedError to be called again with the same batch after a pause, so writes must be safe to repeat;
   * PartialWriteError where some records were refused; any other error makes dead letters of the batch.
   * What it returns goes on to whoever reads this sink: the record of what it did.
   */
  write(batch: readonly StreamRecord<In>[]): Promise<readonly StreamRecord<Out>[] | undefined>;
  /** A key went silent or away. */
  advance?(mark: TimeMark): void;
  /** Resolves when all that was written survives a power cut. Is asked before a checkpoint says that it is written. */
  sync?(): Promise<void>;
  /** Called once, after the last write. */
  close?(): Promise<void>;
}

/**
 * A sink of lines of text. A record waits for it as the line that it becomes, which takes a fraction of the memory of the
 * record and none of the garbage collector's time.
 */
export interface LineSink<In> extends Stateful {
  /**
   * The line of a record, without its end; undefined for one that holds nothing to write. Is called as the record arrives.
   * Throws PoisonRecordError for a record that can never be written.
   */
  line(record: StreamRecord<In>): string | undefined;
  /** As `write` of a Sink: lines in order, with a line feed between two. PartialWriteError tells them by their number. */
  writeLines(lines: string): Promise<void>;
  /** As `sync` of a Sink. */
  sync?(): Promise<void>;
  /** Called once, after the last write. */
  close?(): Promise<void>;
}

export type AnySink<In = any, Out = any> = Sink<In, Out> | LineSink<In>;

export function isLineSink(sink: AnySink): sink is LineSink<unknown> {
  return "writeLines" in sink;
}

/** How records wait for a sink. */
export interface BufferPolicy {
  /** A write takes at most so many records… */
  readonly size: number;
  /** …and the first of them waits at most so many ms; 0 writes at once. */
  readonly wait: number;
  /** So many records may wait… */
  readonly limit: number;
  /** …and beyond that the sources wait too, or the oldest are let go, loudly. */
  readonly overflow: "block" | "drop-oldest";
  /**
   * Beyond some thousands they wait on disk, so many bytes at most, and there survive the end of the process. 0: none do. Not
   * for a sink that is told of marks or reports what it did.
   */
  readonly spool?: number;
}

export interface SinkDefinition<
  Options = any,
  In = any,
  Out = any,
  S extends AnySink<In, Out> = AnySink<In, Out>,
> extends Described<Options> {
  readonly role: "sink";
  readonly accepts: readonly Kind[] | "any";
  /** For a sink that reports what it did: it may then stand in someone's `from`. */
  emits?(options: Options): RecordType;
  /** Urgent sinks are given each batch before anything slow is: feedback comes before rows and inference. */
  readonly urgent?: boolean;
  /** Does what cannot be undone, and is to remember it by `context.deeds`. */
  readonly deeds?: boolean;
  /** Wants the records of an epoch in an order that is the same in every run of the same stream, and waits for its end. */
  readonly ordered?: boolean;
  /** What a write touches. A replay leaves `network` alone unless told otherwise, a scenario `files` too. */
  readonly reaches: "terminal" | "files" | "network";
  buffer(options: Options): BufferPolicy;
  open(options: Options, context: Context): S | Promise<S>;
  /** The same decisions with no effect on the world, for replays and scenarios. Absent: the sink is left out of them. */
  rehearse?(options: Options, context: Context): Sink<In, Out>;
}

export type Definition = SourceDefinition | OperatorDefinition | SinkDefinition;

/** A problem that a component sees in its place in the graph. */
export interface Advice {
  /** `error`: it cannot do what it says. `warning`: it can, and will disappoint. */
  readonly severity: "error" | "warning";
  /** What is wrong, and how to mend it. */
  readonly message: string;
  /** The option to point at: ["topics", 1]. */
  readonly path?: readonly (string | number)[];
}

/** A node as its neighbours may see it. */
export interface NodeView {
  readonly name: string;
  readonly definition: Definition;
  readonly options: unknown;
  /** What arrives, in the order of `from`. */
  readonly inputs: Context["inputs"];
  /** All nodes that feed this one, directly or not. */
  readonly upstream: readonly NodeView[];
  /** All nodes that this one feeds, directly or not. */
  readonly downstream: readonly NodeView[];
  /** Every node of the pipeline. */
  readonly all: readonly NodeView[];
  /** What was looked up on disk before compiling; undefined where nobody looked. */
  known<T>(key: ResourceKey<T>): T | undefined;
}
