import { nuid } from "@nats-io/transport-node";
import type { Log } from "../../streams/component/context.js";
import { messageOf } from "../../streams/component/errors.js";
import type { Offsets } from "../../streams/journal/journal.js";
import type { Note, SharedNotes, SharedRead } from "../../streams/journal/shared.js";
import type { JsonValue } from "../../streams/record/json.js";
import { partitionOf } from "../../streams/record/partition.js";
import type { Clock } from "../../streams/time/clock.js";
import { type Layout, notesLayoutOf } from "./layout.js";
import type { Nats } from "./open.js";
import { answered } from "./patience.js";
import { openStream } from "./stream.js";

/** What was done longer ago than a stream keeps its records is not asked for again, ms. */
const KEPT_FOR = 7 * 24 * 3600_000;
const ANSWER_WITHIN = 5_000;

export interface SharedNotesOptions {
  /** Names those who share the partitions. */
  readonly group: string;
  /** Whose notes they are: `quality.slow-down`. */
  readonly name: string;
  readonly partitions: number;
  /** Servers of the cluster that keep each note. */
  readonly replicas: number;
  readonly log: Log;
  readonly clock: Clock;
  /** A number in [0, 1), for the pauses between attempts. */
  readonly random: () => number;
}

/**
 * Notes in a stream of their own on the server, each partition under a subject. Offsets are the numbers of the messages.
 * Made where there is none; throws as `openSharedStream` does.
 */
export async function openSharedNotes(nats: Nats, options: SharedNotesOptions): Promise<SharedNotes> {
  const { group, name, partitions, replicas } = options;
  const layout = notesLayoutOf(group, name, partitions);
  const retention = { maxAge: KEPT_FOR, maxBytes: 0, replicas };
  await answered({ nats, ...options }, () => openStream(nats, layout, retention));
  return new NotesOnNats(nats, layout, options);
}

class NotesOnNats implements SharedNotes {
  readonly partitions: number;
  readonly #nats: Nats;
  readonly #layout: Layout;
  readonly #options: SharedNotesOptions;

  constructor(nats: Nats, layout: Layout, options: SharedNotesOptions) {
    this.#nats = nats;
    this.#layout = layout;
    this.#options = options;
    this.partitions = layout.partitions;
  }

  async begins(): Promise<Offsets> {
    const { first_seq: first } = await this.#state();
    return Array.from({ length: this.partitions }, () => first);
  }

  /** Rejects with DisconnectedError where the server does not answer. */
  async *read({ from, partitions }: SharedRead): AsyncGenerator<Note> {
    const { last_seq: last } = await this.#state();
    for (const partition of partitions) {
      const subject = this.#layout.partition(partition);
      for (let next = from[partition]!; next <= last;) {
        // One at a time: few are read, and there is nothing that could be left half read.
        const query = { seq: Math.max(1, next), next_by_subj: subject };
        const found = await this.#answered(() => this.#nats.streams.streams.getMessage(this.#layout.name, query));
        if (found === null || found.seq > last) break;
        next = found.seq + 1;
        const value = this.#parse(found.string(), found.seq);
        if (value !== undefined) yield { partition, next, value };
      }
    }
  }

  async append(key: string, value: JsonValue): Promise<number> {
    const subject = this.#layout.partition(partitionOf(key, this.partitions));
    // The same once more, where an answer was lost, is taken for what it is.
    const options = { msgID: nuid.next(), timeout: ANSWER_WITHIN };
    const text = JSON.stringify(value);
    const { seq } = await this.#answered(() => this.#nats.jetstream.publish(subject, text, options));
    return seq + 1;
  }

  #parse(text: string, sequence: number): JsonValue | undefined {
    try {
      return JSON.parse(text) as JsonValue;
    } catch (cause) {
      const reason = messageOf(cause);
      this.#options.log.error("a note is damaged or not ours", { stream: this.#layout.name, sequence, reason });
      return undefined;
    }
  }

  async #state() {
    return (await this.#answered(() => this.#nats.streams.streams.info(this.#layout.name))).state;
  }

  #answered<T>(ask: () => Promise<T>): Promise<T> {
    return answered({ nats: this.#nats, ...this.#options }, ask);
  }
}
