import { Positions } from "../record/partition.js";
import type { Batch, Element, StreamRecord, TimeMark } from "../record/record.js";
import { isMark } from "../record/record.js";
import type { RecordOperator } from "../component/definition.js";

/** Makes records in order, each with the next offset: `records.at("printer_1", 10, { roughness: 80 })`, time in s. */
export class RecordMaker {
  readonly #positions: Positions;
  constructor(stream = "test", partitions = 4) {
    this.#positions = new Positions(stream, partitions);
  }

  at<V>(key: string, seconds: number, value: V): StreamRecord<V> {
    return { key, eventTime: seconds * 1000, value, position: this.#positions.next(key) };
  }

  mark(key: string, seconds: number, cause: TimeMark["cause"] = "idle"): TimeMark {
    return { key, eventTime: seconds * 1000, value: undefined, position: this.#positions.next(key), cause };
  }
}

/** What an operator gave out, main stream and sides apart. */
export interface Collected {
  readonly main: StreamRecord[];
  readonly sides: { readonly name: string; readonly record: StreamRecord }[];
  readonly poison: { readonly element: Element; readonly cause: unknown }[];
}

/** Runs elements through an operator the way the runtime does, without RxJS: for tests of its arithmetic. */
export function feed(
  operator: RecordOperator<any, any>,
  elements: Batch<any>,
  { flush = true, input = 0 }: { flush?: boolean; input?: number | ((element: Element) => number) } = {},
): Collected {
  const collected: Collected = { main: [], sides: [], poison: [] };
  const output = {
    emit: (record: StreamRecord) => void collected.main.push(record),
    side: (name: string, record: StreamRecord) => void collected.sides.push({ name, record }),
  };
  for (const element of elements) {
    const at = typeof input === "number" ? input : input(element);
    try {
      if (isMark(element)) operator.advance?.(element, output, at);
      else operator.process(element, output, at);
    } catch (cause) {
      collected.poison.push({ element, cause });
    }
  }
  if (flush) operator.flush?.(output);
  return collected;
}

/** Records in a form that `toEqual` compares: typed arrays become plain ones. */
export function plain(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_, part: unknown) =>
      ArrayBuffer.isView(part)
        ? Array.from(part as Float64Array, (n) => (Number.isNaN(n) ? "NaN" : n))
        : typeof part === "number" && !Number.isFinite(part)
          ? String(part)
          : part,
    ),
  );
}
