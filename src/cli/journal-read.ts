import { ConfigError } from "../streams/component/errors.js";
import type { StreamView } from "../streams/journal/embedded/view.js";
import type { Chunk, From, ReadOptions } from "../streams/journal/journal.js";
import { partitionOf } from "../streams/record/partition.js";
import { type Element, isMark, positionText } from "../streams/record/record.js";
import { timeText } from "../streams/record/timestamp.js";
import { openView } from "./journal.js";
import { oneLine } from "./printable.js";
import type { ExitCode, Session } from "./session.js";
import { timeOf } from "./time-option.js";

export interface ReadStreamOptions {
  /** A time of arrival, or `PARTITION@OFFSET`. */
  readonly from?: string;
  /** The same; it and what is behind it is left out. */
  readonly to?: string;
  readonly key?: string;
  readonly limit?: number;
  readonly json: boolean;
}

/** Prints what the journal holds of a stream in order of arrival, a line each. */
export async function readStream(
  { settings, out, log, stop }: Session,
  name: string,
  options: ReadStreamOptions,
): Promise<ExitCode> {
  const view = await openView(settings, name);
  const { read, before } = whatToRead(view, options);
  const { key, limit = Infinity, json } = options;
  let shown = 0;
  for await (const chunk of view.read(read, ({ reason }) => log.error("part of the journal is lost", { reason }))) {
    if (stop.aborted || shown >= limit || chunk.arrived >= before) break;
    let lines = "";
    if (chunk.epoch !== undefined && key === undefined) lines = `${epochLine(chunk, chunk.epoch, json)}\n`;
    for (const [i, element] of chunk.elements.entries()) {
      if ((key !== undefined && element.key !== key) || shown >= limit) continue;
      lines += `${json ? jsonLine(chunk, element) : plainLine(chunk, i, element)}\n`;
      shown++;
    }
    if (lines !== "") await out.text(lines);
  }
  return 0;
}

function whatToRead(view: StreamView, { from, to, key }: ReadStreamOptions): { read: ReadOptions; before: number } {
  const first = from === undefined ? undefined : placeOf("--from", from, view);
  const last = to === undefined ? undefined : placeOf("--to", to, view);
  const partitions = new Set<number>();
  if (key !== undefined) partitions.add(partitionOf(key, view.partitions));
  for (const place of [first, last]) if (typeof place === "object") partitions.add(place.partition);
  if (partitions.size > 1)
    throw new ConfigError("--from, --to and --key are of different partitions: nothing is in both");
  const begin: From =
    typeof first === "number"
      ? { arrived: first }
      : { offsets: view.begins().map((offset, p) => (first?.partition === p ? first.offset : offset)) };
  return {
    read: {
      from: begin,
      ...(partitions.size > 0 && { partitions }),
      ...(typeof last === "object" && {
        until: view.ends().map((end, p) => (last.partition === p ? Math.min(end, last.offset) : end)),
      }),
    },
    before: typeof last === "number" ? last : Infinity,
  };
}

const POSITION = /^(?:(.*)\/)?(\d+)@(\d+)$/;

/** A time in ms since the epoch, or a position as it is written in logs and dead letters: `sensors/3@1042`, or `3@1042`. */
function placeOf(option: string, text: string, view: StreamView): number | { partition: number; offset: number } {
  const match = POSITION.exec(text);
  if (!match) return timeOf(option, text);
  const [, stream, partition, offset] = match;
  if (stream !== undefined && stream !== view.stream && stream !== view.name)
    throw new ConfigError(`${option} "${text}" is a place in "${stream}", and this is "${view.stream}"`);
  if (Number(partition) >= view.partitions)
    throw new ConfigError(`${option} "${text}": ${view.name} has the partitions 0 to ${view.partitions - 1}`);
  return { partition: Number(partition), offset: Number(offset) };
}

function plainLine({ arrived, texts }: Chunk, i: number, element: Element): string {
  const what = isMark(element) ? `(${element.cause})` : texts[i]!;
  const { key, eventTime, position } = element;
  return oneLine([timeText(arrived), positionText(position), key, timeText(eventTime), what].join("  "));
}

function jsonLine({ arrived }: Chunk, element: Element): string {
  const { key, eventTime, value, position } = element;
  const what = isMark(element) ? { mark: element.cause } : { value };
  return JSON.stringify({ arrived: timeText(arrived), ...position, key, event_time: timeText(eventTime), ...what });
}

function epochLine({ arrived }: Chunk, epoch: number, json: boolean): string {
  return json ? JSON.stringify({ arrived: timeText(arrived), epoch }) : `${timeText(arrived)}  (end of epoch ${epoch})`;
}
