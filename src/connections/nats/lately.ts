import { DeliverPolicy } from "@nats-io/jetstream";
import type { Chunk } from "../../streams/journal/journal.js";
import type { Layout } from "./layout.js";
import { decode } from "./message.js";
import type { Nats } from "./open.js";

/** A server that has more and gives nothing for so long, ms, is not waited for. */
const GIVE_WITHIN = 5_000;

export interface LatelyOptions {
  readonly nats: Nats;
  readonly layout: Layout;
  /** The name that the records bear in their positions. */
  readonly as: string;
  /** What the server stored at this time or later, ms since the epoch. */
  readonly since: number;
  /** The instance whose own records are left out. */
  readonly except: string;
}

/**
 * What other instances took in lately, of all partitions, up to what is there now. Best effort: what cannot be read is left
 * out. Rejects where the server does not answer.
 */
export async function* readLately({ nats, layout, as, since, except }: LatelyOptions): AsyncGenerator<Chunk> {
  const consumer = await nats.jetstream.consumers.get(layout.name, {
    filter_subjects: layout.everything,
    deliver_policy: DeliverPolicy.StartTime,
    opt_start_time: new Date(since).toISOString(),
  });
  let left = (await consumer.info()).num_pending;
  while (left > 0) {
    const messages = await consumer.fetch({ max_messages: Math.min(left, 256), expires: GIVE_WITHIN });
    let came = 0;
    for await (const message of messages) {
      came++;
      const [partition, origin] = message.subject.split(".").slice(-2);
      if (origin === except) continue;
      const place = { stream: as, partition: Number(partition), sequence: message.seq };
      try {
        yield* decode(message.string(), place);
      } catch {
        // Whoever works on the partition is told of it.
      }
    }
    if (came === 0) return;
    left -= came;
  }
}
