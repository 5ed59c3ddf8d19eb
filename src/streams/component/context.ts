import type { JsonValue } from "../record/json.js";
import type { Positions } from "../record/partition.js";
import type { Position } from "../record/record.js";
import type { RecordType } from "../record/record-type.js";
import type { Clock } from "../time/clock.js";

/** Structured log. Messages are constant; what changes goes into the fields. */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}
export type LogFields = Readonly<Record<string, unknown>>;

/** Names something from outside the graph that components share: a broker session, a database client, a folder. */
export interface ResourceKey<T> {
  readonly name: string;
  /** How a user brings it about, for the error where it is missing. */
  readonly mend: string;
  /** Never set: carries the type. */
  readonly of?: T;
}

/** Something that came in and never became a record, or a record that no one could work on. */
export interface Rejection {
  readonly reason: string;
  /** The place it came from: a topic, a line of a file. */
  readonly place: string;
  readonly key?: string;
  readonly position?: Position;
  readonly payload: unknown;
  /** The payload is not what came: there is no text of it. */
  readonly lossy?: true;
}

/** What the operators behind a node want of its windows. */
export interface Demand {
  /** The numeric fields; "all" where someone did not say. */
  readonly fields: readonly string[] | "all";
  /** Whether anyone walks the samples themselves. */
  readonly samples: boolean;
}

/** What a sink did that cannot be undone, remembered at once and not only with the next checkpoint. */
export interface Deeds {
  /** What `note` was told of it behind the checkpoint that the run goes on from. */
  find(id: string): JsonValue | undefined;
  /**
   * Whether this key is ours to act for: another process may have taken it over while this one stood still. To be asked
   * right before the act.
   */
  ours(key: string): boolean;
  /** Whoever works on this key after us finds it, once this has resolved. Never throws, nor rejects. */
  note(key: string, id: string, deed: JsonValue): void | Promise<void>;
}

/** All that a component is given besides its options and the records. */
export interface Context {
  readonly pipeline: string;
  readonly node: string;
  readonly clock: Clock;
  readonly log: Log;
  /** What arrives, in the order of `from`; the index is the `input` that `process` is told. */
  readonly inputs: readonly { readonly node: string; readonly type: RecordType }[];
  readonly demand: Demand;
  /** Where the elements of a source get their positions. */
  readonly positions: Positions;
  /**
   * Tells whether a text of this key was taken in a moment ago, by this run or the one before. For a source whose other
   * side says that it may be giving something again. Absent where nothing is kept.
   *
   * @param own whether what this run took in counts too
   */
  recentlyTaken?(own: boolean): Promise<(key: string, text: string) => boolean>;
  /** False in a replay or a scenario: time comes from the records, and nothing waits for the clock. */
  readonly live: boolean;
  /** Finds something shared; throws ConfigError where this run was given none. */
  resource<T>(key: ResourceKey<T>): T;
  /** For a sink whose definition asks for it, in a run that can be gone on with. */
  readonly deeds?: Deeds;
  /** Puts aside what a source could not read. It is counted, logged and kept; the source goes on. */
  reject(rejection: Rejection): void;
}
