import type { KV } from "@nats-io/kv";
import { nuid } from "@nats-io/transport-node";
import { bucketName, current, openBucket, replace } from "./bucket.js";
import { checkName } from "./layout.js";
import type { Nats } from "./open.js";
import { type Parts, PartStore, roomOf } from "./parts.js";

/** Another owner has the partition: nothing that was done for it since is kept. */
export class FencedError extends Error {
  override readonly name = "FencedError";
}

/** The checkpoint of a partition in the hands of one owner. */
export interface Claim {
  /** What the owner before left: how far it had come, and what it knew there. Undefined where there was none. */
  readonly state: Uint8Array | undefined;
  /**
   * Keeps this one in the place of the last, whole or not at all. Rejects with FencedError once another has claimed the
   * partition, whatever our own clock says. One at a time; may be repeated where the server did not answer. Where nothing
   * changed since the last, it may be left out: an owner that is fenced learns of it then with its next one.
   */
  save(state: Uint8Array): Promise<void>;
}

export interface Checkpoints {
  /**
   * Takes a partition over: whoever had it before cannot save from here on. Rejects with FencedError where an owner of a
   * later epoch has been here. May be repeated where the server did not answer.
   */
  claim(partition: number, epoch: number): Promise<Claim>;
}

export interface CheckpointsOptions {
  readonly group: string;
  readonly pipeline: string;
  /** Servers of the cluster that keep them. */
  readonly replicas: number;
}

/** The first line of what stands under the key of a partition. */
interface Head {
  readonly epoch: number;
  /** Of a state that is too large for one value and lies beside it. A small one is behind the first line. */
  readonly state?: Parts;
}

const LINE_FEED = 10;
/** For the first line, bytes. */
const HEAD = 1024;

export async function openCheckpoints(nats: Nats, options: CheckpointsOptions): Promise<Checkpoints> {
  const { group, pipeline, replicas } = options;
  checkName("pipeline", pipeline);
  const name = `${group}-checkpoints`;
  const bucket = await openBucket(nats, { name, replicas, ttl: 0 });
  const parts = new PartStore(nats, bucket, bucketName(name));
  return { claim: (partition, epoch) => claim({ nats, bucket, parts, key: `${pipeline}.${partition}` }, epoch) };
}

interface Place {
  readonly nats: Nats;
  readonly bucket: KV;
  readonly parts: PartStore;
  readonly key: string;
}

async function claim(place: Place, epoch: number): Promise<Claim> {
  const { bucket, parts, key } = place;
  for (;;) {
    const found = await current(bucket, key);
    const [before, small] = found ? split(found.value) : [];
    if (before && before.epoch > epoch)
      throw new FencedError(`epoch ${epoch} of "${key}" is over, ${before.epoch} runs`);
    const head: Head = { ...before, epoch };
    const revision = await replace(bucket, key, joined(head, small), found?.revision);
    // Not in its place any more: the owner before us has saved once more, or another has come.
    if (revision === undefined) continue;
    await parts.sweep(key, head.state?.name);
    return new Owner(place, head, revision, small ?? (head.state && (await parts.get(key, head.state))));
  }
}

class Owner implements Claim {
  readonly #place: Place;
  #head: Head;
  #revision: number;

  constructor(
    place: Place,
    head: Head,
    revision: number,
    readonly state: Uint8Array | undefined,
  ) {
    this.#place = place;
    this.#head = head;
    this.#revision = revision;
  }

  async save(bytes: Uint8Array): Promise<void> {
    const { nats, parts, key } = this.#place;
    const { epoch, state: old } = this.#head;
    // In the value itself it takes one question to the server, and beside it three.
    const small = bytes.length <= roomOf(nats) - HEAD;
    const state = small ? undefined : await parts.put(key, nuid.next(), bytes);
    if (!(await this.#write({ epoch, ...(state && { state }) }, small ? bytes : undefined))) {
      if (state) await parts.remove(key, state.name);
      throw new FencedError(`epoch ${epoch} of "${key}" is over`);
    }
    if (old) await parts.remove(key, old.name);
  }

  async #write(head: Head, small: Uint8Array | undefined): Promise<boolean> {
    const { bucket, key } = this.#place;
    for (;;) {
      const revision = await replace(bucket, key, joined(head, small), this.#revision);
      if (revision !== undefined) {
        this.#head = head;
        this.#revision = revision;
        return true;
      }
      // Nobody else writes in our epoch: it is one of our own whose answer was lost, or the epoch is over.
      const found = await current(bucket, key);
      if (found === undefined || split(found.value)[0].epoch !== head.epoch) return false;
      this.#revision = found.revision;
    }
  }
}

function joined(head: Head, small: Uint8Array | undefined): Uint8Array {
  const line = JSON.stringify(head);
  return small ? Buffer.concat([Buffer.from(`${line}\n`), small]) : Buffer.from(line);
}

function split(value: Uint8Array): [head: Head, small: Uint8Array | undefined] {
  const end = value.indexOf(LINE_FEED);
  const line = end < 0 ? value : value.subarray(0, end);
  return [JSON.parse(Buffer.from(line).toString()) as Head, end < 0 ? undefined : value.subarray(end + 1)];
}
