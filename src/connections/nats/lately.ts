import type { Chunk } from "../../streams/journal/journal.js";
import { addressOf, messagesFrom } from "./course.js";
import type { Layout } from "./layout.js";
import { decode } from "./message.js";
import type { Nats } from "./open.js";

export interface LatelyOptions {
  readonly nats: Nats;
  readonly layout: Layout;
  /** The name that the records bear in their positions. */
  readonly as: string;
  /** How much, ms back from the newest that the server has. */
  readonly span: number;
  /** The instance whose own records are left out. */
  readonly except: string;
}

/**
 * What other instances took in lately, of all partitions, up to what is there now. What cannot be read is left out. Rejects
 * where the server does not answer.
 */
export async function* readLately({ nats, layout, as, span, except }: LatelyOptions): AsyncGenerator<Chunk> {
  // By the server's clock: ours may be another.
  const { state } = await nats.streams.streams.info(layout.name);
  for await (const message of messagesFrom(nats, layout, { stored: Date.parse(state.last_ts) - span })) {
    const { partition, origin } = addressOf(message);
    if (origin === except) continue;
    try {
      yield* decode(message.string(), { stream: as, partition, sequence: message.seq });
    } catch {
      // Whoever works on the partition is told of it.
    }
  }
}
