import type { Log } from "../component/context.js";
import { messageOf } from "../component/errors.js";
import type { Offsets } from "../journal/journal.js";
import type { SharedNotes } from "../journal/shared.js";
import type { JsonValue } from "../record/json.js";
import { partitionOf } from "../record/partition.js";
import type { Notes } from "./checkpoint/checkpointer.js";
import type { Noted, NodeDeeds } from "./deeds.js";
import type { Share } from "./share.js";

/** Deeds that whoever owns a partition after us must know of, so they are noted where all can read. */
export class SharedDeeds implements NodeDeeds {
  readonly #notes: SharedNotes;
  readonly #share: Share;
  readonly #log: Log;
  readonly #before = new Map<string, JsonValue>();
  #ends: number[] = [];

  constructor(notes: SharedNotes, share: Share, log: Log) {
    this.#notes = notes;
    this.#share = share;
    this.#log = log;
  }

  begins(): Promise<Offsets> {
    return this.#notes.begins();
  }

  async load(from?: Offsets): Promise<Notes> {
    const begin = from ?? (await this.begins());
    this.#ends = [...begin];
    const { partitions } = this.#share;
    for await (const { partition, next, value } of this.#notes.read({ from: begin, partitions })) {
      const { id, deed } = value as unknown as Noted;
      this.#before.set(id, deed);
      this.#ends[partition] = next;
    }
    return {
      from: begin,
      ends: () => [...this.#ends],
      // How long notes are kept does not depend on who has read them.
      commit: () => Promise.resolve(),
    };
  }

  find(id: string): JsonValue | undefined {
    return this.#before.get(id);
  }

  ours(key: string): boolean {
    return this.#share.owns(partitionOf(key, this.#notes.partitions));
  }

  async note(key: string, id: string, deed: JsonValue): Promise<void> {
    try {
      const next = await this.#notes.append(key, { id, deed });
      const partition = partitionOf(key, this.#notes.partitions);
      this.#ends[partition] = Math.max(this.#ends[partition]!, next);
    } catch (cause) {
      // What is done is done: whoever comes after us may do it once more, with the same id.
      this.#log.error("what was done could not be noted", { id, cause: messageOf(cause) });
    }
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
