import type { JsMsg } from "@nats-io/jetstream";
import { ConfigError, messageOf } from "../../streams/component/errors.js";
import { didYouMean } from "../../streams/component/suggest.js";
import type { Chunk, Gap, Offsets, ReadOptions } from "../../streams/journal/journal.js";
import type { RecordedJournal, RecordedStream } from "../../streams/journal/recorded.js";
import { addressOf, messagesFrom } from "./course.js";
import { layoutOf, type Layout } from "./layout.js";
import { decode, offsetOf, sequenceOf } from "./message.js";
import type { Nats } from "./open.js";
import { streamsOf } from "./stream.js";

/** How far the clocks of our machines may be apart from the server's, ms. */
const CLOCKS_APART = 60_000;

/**
 * The streams that instances share, to be read and nothing else: in the order in which the server took them, as they stand when
 * one is opened. Marks between epochs stay in the journals of those who took them in.
 */
export function recordedOnNats(nats: Nats): RecordedJournal {
  const known = async () => streamsOf(nats);
  return {
    names: async () => [...(await known()).keys()].sort(),
    async open(name, as) {
      const streams = await known();
      const partitions = streams.get(name);
      if (partitions !== undefined) return openRecorded(nats, layoutOf(name, partitions), as);
      const names = [...streams.keys()].sort();
      const hint = didYouMean(name, names) || (names.length > 0 ? ` There are: ${names.join(", ")}.` : "");
      throw new ConfigError(`there is no stream "${name}" on ${nats.address}.${hint}`);
    },
  };
}

async function openRecorded(nats: Nats, layout: Layout, as: string): Promise<RecordedStream> {
  const { state } = await nats.streams.streams.info(layout.name);
  const all = (sequence: number): Offsets => new Array<number>(layout.partitions).fill(offsetOf(sequence));
  const [begins, ends] = [all(state.first_seq), all(state.last_seq + 1)];
  return {
    name: layout.stream,
    partitions: layout.partitions,
    begins: () => begins,
    ends: () => ends,
    committed: () => undefined,
    read: (options, gap) => read(nats, layout, as, { until: ends, ...options }, gap),
  };
}

async function* read(
  nats: Nats,
  layout: Layout,
  as: string,
  { from, until, partitions }: ReadOptions & { readonly until: Offsets },
  gap: (gap: Gap) => void = () => undefined,
): AsyncGenerator<Chunk> {
  const start =
    "offsets" in from
      ? { sequence: Math.min(...from.offsets.map(sequenceOf)) }
      : { stored: from.arrived - CLOCKS_APART };
  const last = Math.max(...until.map(sequenceOf));
  for await (const message of messagesFrom(nats, layout, start)) {
    const { partition } = addressOf(message);
    if (message.seq > last) return;
    if (partitions?.has(partition) === false) continue;
    const first = "offsets" in from ? from.offsets[partition]! : 0;
    for (const chunk of chunksOf(message, as, layout, gap)) {
      if ("arrived" in from && chunk.arrived < from.arrived) continue;
      const wanted = cut(chunk, first, until[partition]!);
      if (wanted.elements.length > 0) yield wanted;
    }
  }
}

function chunksOf(message: JsMsg, as: string, layout: Layout, gap: (gap: Gap) => void): Chunk[] {
  const { partition } = addressOf(message);
  const { seq: sequence } = message;
  try {
    return decode(message.string(), { stream: as, partition, sequence });
  } catch (cause) {
    const reason = `message ${sequence} of "${layout.name}" is damaged or not ours: ${messageOf(cause)}`;
    const place = (at: number): Offsets =>
      Array.from({ length: layout.partitions }, (_, i) => (i === partition ? offsetOf(at) : 0));
    gap({ reason, from: place(sequence), resume: place(sequence + 1) });
    return [];
  }
}

/** What of a chunk lies from one offset to another. */
function cut(chunk: Chunk, from: number, until: number): Chunk {
  const { elements, texts, arrived } = chunk;
  const inside = elements.map(({ position }) => position.offset >= from && position.offset < until);
  if (inside.every(Boolean)) return chunk;
  return { arrived, elements: elements.filter((_, i) => inside[i]), texts: texts.filter((_, i) => inside[i]) };
}
