import { setMaxListeners } from "node:events";
import { AckPolicy, type ConsumerMessages, DeliverPolicy, type JsMsg } from "@nats-io/jetstream";
import type { Log } from "../../streams/component/context.js";
import { messageOf } from "../../streams/component/errors.js";
import type { Chunk } from "../../streams/journal/journal.js";
import type { Clock } from "../../streams/time/clock.js";
import { pauseBefore } from "../back-off.js";
import { type Break, Chain } from "./chain.js";
import type { Layout } from "./layout.js";
import { decode, FIRST, MOST_ELEMENTS, NEXT, offsetOf } from "./message.js";
import type { Nats } from "./open.js";

/** Each has up to a thousand elements. */
const MOST_MESSAGES = 16;
/** A pull that has brought nothing for so long is made anew, ms. */
const PULL_FOR = 10_000;
/** How often the server gives a sign of life while it has nothing to give, ms. */
const SIGN_EVERY = 2_000;
const LONGEST_PAUSE = 5_000;
/** How far the clocks of our machines may be apart from the server's, ms. */
const CLOCKS_APART = 60_000;
const EVERYTHING: PartitionFrom = { offset: 0 };
const PREDECESSOR = "Nats-Expected-Last-Subject-Sequence";

/** Where a read of one partition begins: at an offset, or with what arrived at this time or later, ms. */
export type PartitionFrom = { readonly offset: number } | { readonly arrived: number };

/** Records of one partition that were kept and can no longer be read. */
export interface PartitionGap extends Break {
  readonly partition: number;
}

export interface ReaderOptions {
  readonly nats: Nats;
  readonly layout: Layout;
  readonly partition: number;
  /** The stream that the elements bear in their positions. Default: that of the layout. */
  readonly as?: string;
  readonly from: PartitionFrom;
  /** Messages on their way or in memory. Default: enough to be fast where few partitions are read. */
  readonly ahead?: number;
  readonly log: Log;
  readonly clock: Clock;
  /** A number in [0, 1), for the pauses between attempts. */
  readonly random: () => number;
  readonly gap: (gap: PartitionGap) => void;
}

/**
 * What is in one partition and what comes to it, message by message in the order in which the server took them, until `stop`
 * aborts. Nothing is acknowledged: what an acknowledgement leaves over is delivered again out of order. Outlives restarts of
 * the server.
 */
export async function* readPartition(options: ReaderOptions, stop: AbortSignal): AsyncGenerator<readonly Chunk[]> {
  const { nats, partition, layout, log, clock, random } = options;
  const stopped = () => stop.aborted;
  // One signal for all partitions is no leak.
  setMaxListeners(0, stop);
  let chain: Chain | undefined;
  // Where sequences are given out again, those that were read say nothing of the new ones.
  let wanted = options.from;
  for (let failures = 0; !stop.aborted;) {
    let consuming: Consuming | undefined;
    let quit = () => {};
    try {
      chain ??= await beginChain(options);
      if (await begin(options, chain)) wanted = EVERYTHING;
      consuming = await consume(options, chain);
      const { messages } = consuming;
      void endWhenSilent(messages);
      const cancel = nats.onReconnect(() => messages.stop());
      const end = () => messages.stop();
      stop.addEventListener("abort", end, { once: true });
      quit = () => {
        cancel();
        stop.removeEventListener("abort", end);
      };
      for await (const message of messages) {
        failures = 0;
        tell(options, chain.add(linkOf(message)));
        const chunks = chunksOf(message, options, wanted);
        if (chunks.length > 0) yield chunks;
        if (stopped()) return;
      }
    } catch (cause) {
      if (nats.connection.isClosed()) throw cause;
      const fields = { stream: layout.stream, partition, reason: messageOf(cause) };
      if (failures === 0) log.warn("a partition cannot be read, trying again", fields);
      await clock.sleep(pauseBefore(failures++, random, LONGEST_PAUSE), stop);
    } finally {
      quit();
      await consuming?.messages.close();
      consuming?.remove();
    }
  }
}

/** Begins with the first message that may hold what is asked for. */
async function beginChain({ nats, layout, partition, from }: ReaderOptions): Promise<Chain> {
  // Whoever asks for what is behind an element has seen that element.
  if ("offset" in from) {
    return new Chain(Math.floor(from.offset / MOST_ELEMENTS), Math.floor((from.offset - 1) / MOST_ELEMENTS));
  }
  // Only a consumer can be asked where a time is. The server goes by when it stored a message: that is after it arrived.
  const { name, delivered } = await nats.streams.consumers.add(layout.name, {
    ack_policy: AckPolicy.None,
    deliver_policy: DeliverPolicy.StartTime,
    opt_start_time: new Date(Math.max(0, from.arrived - CLOCKS_APART)).toISOString(),
    filter_subject: layout.partition(partition),
    mem_storage: true,
    inactive_threshold: 5e9,
  });
  await nats.streams.consumers.delete(layout.name, name);
  return new Chain(delivered.stream_seq + 1);
}

/** Whether the stream ends before what was read from it. */
async function begin(options: ReaderOptions, chain: Chain): Promise<boolean> {
  const { state } = await options.nats.streams.streams.info(options.layout.name);
  const lost = chain.begin(state.first_seq, state.last_seq);
  tell(options, lost);
  return lost !== undefined;
}

interface Consuming {
  readonly messages: ConsumerMessages;
  /** On the server, where it would stay for minutes otherwise. */
  remove(): void;
}

async function consume(options: ReaderOptions, chain: Chain): Promise<Consuming> {
  const { nats, layout, partition, ahead = MOST_MESSAGES } = options;
  const consumer = await nats.jetstream.consumers.get(layout.name, {
    filter_subjects: layout.partition(partition),
    opt_start_seq: chain.start,
  });
  const messages = await consumer.consume({
    max_messages: ahead,
    threshold_messages: Math.floor(ahead / 2),
    expires: PULL_FOR,
    idle_heartbeat: SIGN_EVERY,
    abort_on_missing_resource: true,
  });
  return { messages, remove: () => void consumer.delete().catch(() => undefined) };
}

/**
 * A consumer lives on one server of a cluster and goes with it. The client asks the same one again and again; ending the
 * read makes it begin with a new one.
 */
async function endWhenSilent(messages: ConsumerMessages): Promise<void> {
  for await (const { type } of messages.status()) if (type === "heartbeats_missed") messages.stop();
}

function tell({ partition, gap }: ReaderOptions, found: Break | undefined): void {
  if (found !== undefined) gap({ partition, ...found });
}

function linkOf({ headers, subject, seq }: JsMsg) {
  const number = (name: string) => Number(headers?.get(name) ?? 0);
  return { subject, sequence: seq, predecessor: number(PREDECESSOR), first: number(FIRST), next: number(NEXT) };
}

/** Those appends of a message that were asked for. */
function chunksOf(message: JsMsg, options: ReaderOptions, from: PartitionFrom): readonly Chunk[] {
  const { layout, partition, as = layout.stream } = options;
  let chunks: readonly Chunk[];
  try {
    chunks = decode(message.string(), { stream: as, partition, sequence: message.seq });
  } catch (cause) {
    const reason = `message ${message.seq} of "${layout.name}" is damaged or not ours: ${messageOf(cause)}`;
    tell(options, { reason, from: offsetOf(message.seq), resume: offsetOf(message.seq + 1) });
    return [];
  }
  if ("arrived" in from) return chunks.filter(({ arrived }) => arrived >= from.arrived);
  // A read may begin in the middle of a message.
  if (offsetOf(message.seq) >= from.offset) return chunks;
  return chunks.flatMap(({ elements, texts, ...rest }) => {
    const skip = elements.filter(({ position }) => position.offset < from.offset).length;
    return skip === elements.length ? [] : [{ ...rest, elements: elements.slice(skip), texts: texts.slice(skip) }];
  });
}
