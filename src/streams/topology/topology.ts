import type { Definition } from "../component/definition.js";
import type { Demand } from "../component/context.js";
import type { RecordType } from "../record/record-type.js";

/** A place in a pipeline file; line and column count from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** What is wrong with a pipeline file, where, and how to mend it. */
export interface Problem extends Place {
  /** Errors keep a pipeline from running, warnings say that it will disappoint. `validate` reports both as problems. */
  readonly severity: "error" | "warning";
  readonly node?: string;
  readonly message: string;
}

/** One stream that a node reads: the main one of another node, or one of its sides (`from: spans.late`). */
export interface Input {
  readonly node: string;
  readonly side?: string;
  readonly type: RecordType;
}

/** A source, operator or sink with its checked options and its place in the graph. */
export interface Node {
  readonly name: string;
  readonly definition: Definition;
  /** What the schema of the definition made of the options in the file. */
  readonly options: unknown;
  /** In the order of `from`; empty for a source. */
  readonly inputs: readonly Input[];
  /** Absent for a sink that reports nothing. */
  readonly emits?: RecordType;
  readonly sides: Readonly<Record<string, RecordType>>;
  /** What those behind it want of its windows. */
  readonly demand: Demand;
  readonly place: Place;
}

/** A compiled pipeline: names resolved, options checked, types agreed, no circle. Nothing is open yet. */
export interface Topology {
  readonly name: string;
  readonly description: string;
  readonly file: string;
  /** Each node after all that it reads. */
  readonly nodes: readonly Node[];
  readonly tests: readonly Scenario[];
}

/** A record written down in a pipeline file: `{ key: printer_1, time: 12s, value: { roughness: 80 } }`. */
export interface WrittenRecord {
  readonly key: string;
  /** ms since the epoch */
  readonly eventTime: number;
  readonly value: Readonly<Record<string, unknown>>;
}

/** What a scenario puts in place of a source: a recording (path relative to the config folder) or records as written. */
export interface Insert {
  readonly at: string;
  readonly file?: string;
  readonly records?: readonly WrittenRecord[];
}

/** What a scenario wants to see come out of a node; of a sink: what it reports, or else what it is given. */
export interface Expectation {
  /** As written: `spans` or `spans.late`. */
  readonly at: string;
  readonly count?: number;
  /** Dead letters of the node. */
  readonly dead?: number;
  /** In order; what a record has beyond the named parts is not looked at. */
  readonly records?: readonly { readonly key?: string; readonly value?: Readonly<Record<string, unknown>> }[];
}

/** One test inside a pipeline file. */
export interface Scenario {
  readonly name: string;
  /** Values for `${NAME}` that differ from the defaults in the file; the real environment is not looked at. */
  readonly env: Readonly<Record<string, string>>;
  readonly insert: readonly Insert[];
  readonly expect: readonly Expectation[];
  readonly place: Place;
}
