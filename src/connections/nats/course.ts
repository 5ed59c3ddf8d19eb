import { DeliverPolicy, type JsMsg } from "@nats-io/jetstream";
import type { Layout } from "./layout.js";
import type { Nats } from "./open.js";

/** A server that has more and gives nothing for so long, ms, is not waited for. */
const GIVE_WITHIN = 5_000;
const AT_ONCE = 256;

/** Where to begin: at a message, or with the first that the server stored at this time or later, ms since the epoch. */
export type Start = { readonly sequence: number } | { readonly stored: number };

/**
 * The messages of all partitions of a stream in the order in which the server took them, up to what is there now. Rejects where
 * the server does not answer.
 */
export async function* messagesFrom(nats: Nats, layout: Layout, start: Start): AsyncGenerator<JsMsg> {
  const consumer = await nats.jetstream.consumers.get(layout.name, {
    filter_subjects: layout.everything,
    ...("sequence" in start
      ? { opt_start_seq: Math.max(1, start.sequence) }
      : { deliver_policy: DeliverPolicy.StartTime, opt_start_time: new Date(Math.max(0, start.stored)).toISOString() }),
  });
  let left = (await consumer.info()).num_pending;
  while (left > 0) {
    let came = 0;
    for await (const message of await consumer.fetch({ max_messages: Math.min(left, AT_ONCE), expires: GIVE_WITHIN })) {
      came++;
      yield message;
    }
    if (came === 0) throw new Error(`the nats-server gives no more of "${layout.name}", and ${left} messages are left`);
    left -= came;
  }
}

/** Partition and origin of a message of a stream of ours. */
export function addressOf({ subject }: JsMsg): { readonly partition: number; readonly origin: string } {
  const [partition, origin] = subject.split(".").slice(-2);
  return { partition: Number(partition), origin: origin! };
}
