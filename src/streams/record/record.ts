/** Where a record stands in the stream that it came from. */
export interface Position {
  readonly stream: string;
  readonly partition: number;
  readonly offset: number;
}

/** One record. Plain data: comparable, printable, never changed once made. */
export interface StreamRecord<V = unknown> {
  /** Printer id: chooses the partition and the keyed state. */
  readonly key: string;
  /** Milliseconds since the epoch by the machine's own clock, fractions kept. */
  readonly eventTime: number;
  readonly value: V;
  /** The newest input that this record was derived from. */
  readonly position: Position;
}

/**
 * A place in the stream that carries time and no value. It travels in line with the records, so that what it says holds
 * at the same point in every run, live or replayed.
 */
export interface TimeMark {
  readonly key: string;
  /** How far the time of this key has come. */
  readonly eventTime: number;
  readonly value: undefined;
  readonly position: Position;
  /**
   * `passed`: a record stood here and went no further (filtered, swallowed, dead), its time counts all the same.
   * `idle`: the clock decided that the key has gone silent; its open windows close.
   * `gone`: the key's own state or last will said that it went away; its open windows close.
   */
  readonly cause: "passed" | "idle" | "gone";
}

export type Element<V = unknown> = StreamRecord<V> | TimeMark;

/** What an edge carries: records and time marks in order. Where one batch ends and the next begins has no meaning. */
export type Batch<V = unknown> = readonly Element<V>[];

/**
 * Stands between two batches of a stream that is kept: an epoch ends here. What stands before it in the journal has come
 * by, and nothing behind it, so what every node holds as it passes is one consistent state.
 */
export interface EpochEnd {
  readonly epoch: number;
}

/** True for an element that only carries time. */
export function isMark(element: Element): element is TimeMark {
  return element.value === undefined;
}

/** A record with another value at the same key, time and position. */
export function derive<V>(record: StreamRecord, value: V): StreamRecord<V> {
  return { key: record.key, eventTime: record.eventTime, value, position: record.position };
}

/** A mark at the place of an element. */
export function markAt(element: Element, cause: TimeMark["cause"]): TimeMark {
  return { key: element.key, eventTime: element.eventTime, value: undefined, position: element.position, cause };
}

/** `sensors/3@1042`, the way positions are written in logs, dead letters and rows. */
export function positionText({ stream, partition, offset }: Position): string {
  return `${stream}/${partition}@${offset}`;
}
