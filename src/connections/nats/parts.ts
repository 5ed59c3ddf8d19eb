import { createHash } from "node:crypto";
import type { KV } from "@nats-io/kv";
import { FatalError } from "../../streams/component/errors.js";
import type { Nats } from "./open.js";

/** A value is one message, and a server takes 1 MiB of that unless it is told otherwise, bytes. */
const LARGEST = 512 * 1024;
const HEADERS = 1024;

/** What one value holds on this server, bytes. */
export function roomOf({ connection }: Nats): number {
  return Math.min(LARGEST, (connection.info?.max_payload ?? LARGEST) - HEADERS);
}

/** Bytes in as many values of a bucket as they need. */
export interface Parts {
  /** Stands between the key that they belong to and the number of each. */
  readonly name: string;
  readonly count: number;
  readonly sha256: string;
}

/** Keeps under a key of a bucket what is too large for one value. */
export class PartStore {
  readonly #nats: Nats;
  readonly #bucket: KV;
  /** The bucket as the server sees it: a stream, with a subject a key. */
  readonly #stream: string;
  readonly #subject: string;

  constructor(nats: Nats, bucket: KV, bucketName: string) {
    this.#nats = nats;
    this.#bucket = bucket;
    this.#stream = `KV_${bucketName}`;
    this.#subject = `$KV.${bucketName}`;
  }

  /** @param name not used for this key before */
  async put(key: string, name: string, bytes: Uint8Array): Promise<Parts> {
    const size = roomOf(this.#nats);
    const count = Math.ceil(bytes.length / size);
    for (let i = 0; i < count; i++) {
      await this.#bucket.put(`${key}.${name}.${i}`, bytes.subarray(i * size, (i + 1) * size));
    }
    return { name, count, sha256: digestOf(bytes) };
  }

  /** Throws FatalError where they are not whole. */
  async get(key: string, { name, count, sha256 }: Parts): Promise<Uint8Array> {
    const found = await Promise.all(Array.from({ length: count }, (_, i) => this.#bucket.get(`${key}.${name}.${i}`)));
    const bytes = Buffer.concat(found.map((part) => part?.value ?? new Uint8Array()));
    if (digestOf(bytes) === sha256) return bytes;
    throw new FatalError(
      `the state under "${key}" in "${this.#stream}" on the nats-server is damaged; delete that key to begin without it`,
    );
  }

  async remove(key: string, name: string): Promise<void> {
    // Deleting by key would leave a mark for each, for ever.
    await this.#nats.streams.streams.purge(this.#stream, { filter: `${this.#subject}.${key}.${name}.*` });
  }

  /** Removes what owners left who died in the middle of it. */
  async sweep(key: string, keep: string | undefined): Promise<void> {
    const filter = `${this.#subject}.${key}.*.*`;
    const { state } = await this.#nats.streams.streams.info(this.#stream, { subjects_filter: filter });
    const names = Object.keys(state.subjects ?? {}).map((subject) => subject.split(".").at(-2)!);
    for (const name of new Set(names)) if (name !== keep) await this.remove(key, name);
  }
}

function digestOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
