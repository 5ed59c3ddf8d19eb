import { jetstream, JetStreamApiCodes, JetStreamApiError } from "@nats-io/jetstream";
import { type KV, type KvEntry, Kvm } from "@nats-io/kv";
import { ConfigError } from "../../streams/component/errors.js";
import { checkName } from "./layout.js";
import type { Nats } from "./open.js";

/** Shorter than a lease lasts, ms: an answer after that is of no use. */
const ANSWER_WITHIN = 2_000;

export interface BucketOptions {
  /** Letters, digits, "_" and "-". */
  readonly name: string;
  /** Servers of the cluster that keep it. */
  readonly replicas: number;
  /** Values go after so long, ms. 0: they stay. */
  readonly ttl: number;
}

export function bucketName(name: string): string {
  return `layerstream-${name}`;
}

/** Makes the bucket where there is none. Throws ConfigError where there is one of another kind. */
export async function openBucket(nats: Nats, { name, replicas, ttl }: BucketOptions): Promise<KV> {
  checkName("group", name);
  // Only the leader knows the newest value: others may answer with what was.
  const bucket = await new Kvm(jetstream(nats.connection, { timeout: ANSWER_WITHIN })).create(bucketName(name), {
    replicas,
    ttl,
    history: 1,
    allow_direct: false,
  });
  const status = await bucket.status();
  if (status.ttl !== ttl || status.history !== 1) {
    throw new ConfigError(
      `bucket "${status.bucket}" on the nats-server keeps ${status.history} values for ${status.ttl} ms where 1 for ${ttl} ms ` +
        "is needed; delete it there, or give the group another name",
    );
  }
  return bucket;
}

/** The value of a key as it is now; undefined where there is none. */
export async function current(bucket: KV, key: string): Promise<KvEntry | undefined> {
  const entry = await bucket.get(key);
  return entry?.operation === "PUT" ? entry : undefined;
}

/**
 * Writes a value in the place of that of a revision (undefined: of none). Returns the new revision; undefined where it was
 * not in that place any more.
 */
export async function replace(
  bucket: KV,
  key: string,
  value: string | Uint8Array,
  revision: number | undefined,
): Promise<number | undefined> {
  try {
    return await (revision === undefined ? bucket.create(key, value) : bucket.update(key, value, revision));
  } catch (cause) {
    if (cause instanceof JetStreamApiError && cause.code === JetStreamApiCodes.StreamWrongLastSequence)
      return undefined;
    throw cause;
  }
}
