import type { KV } from "@nats-io/kv";
import { current, replace } from "./bucket.js";
import type { Table } from "./shares.js";

const KEY = "leases";

/** The table of a group, all in one value: whoever changes it has seen what the others did. */
export class LeaseTable {
  readonly #bucket: KV;
  readonly #partitions: number;
  #revision: number | undefined;

  constructor(bucket: KV, partitions: number) {
    this.#bucket = bucket;
    this.#partitions = partitions;
  }

  async read(): Promise<Table> {
    const found = await current(this.#bucket, KEY);
    this.#revision = found?.revision;
    if (found !== undefined) return found.json<Table>();
    return { members: [], leases: Array.from({ length: this.#partitions }, () => ({ member: null, epoch: 0 })) };
  }

  /** False where someone else has changed it since it was read. */
  async write(table: Table): Promise<boolean> {
    const revision = await replace(this.#bucket, KEY, JSON.stringify(table), this.#revision);
    if (revision === undefined) return false;
    this.#revision = revision;
    return true;
  }
}
