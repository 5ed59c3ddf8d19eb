import type { KV } from "@nats-io/kv";
import { bucketName, current, openBucket, replace } from "./bucket.js";
import { checkName } from "./layout.js";
import type { Nats } from "./open.js";
import { type Parts, PartStore } from "./parts.js";

/** How far a group has come in one partition, and what it knew there. */
export interface Checkpoint {
  /** The first offset that is not in the state. */
  readonly offset: number;
  readonly state: Uint8Array;
}

/** Another owner has the partition: nothing that was done for it since is kept. */
export class FencedError extends Error {
  override readonly name = "FencedError";
}

/** The checkpoint of a partition in the hands of one owner. */
export interface Claim {
  /** What the owner before left; undefined where there was none. */
  readonly checkpoint: Checkpoint | undefined;
  /**
   * Keeps this one in the place of the last, whole or not at all. Rejects with FencedError once another has claimed the
   * partition, whatever our own clock says. One at a time; may be repeated where the server did not answer.
   */
  save(checkpoint: Checkpoint): Promise<void>;
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
  readonly stream: string;
  /** Servers of the cluster that keep them. */
  readonly replicas: number;
}

/** What stands under the key of a partition. Its state lies beside it: one value would be too small. */
interface Head {
  readonly epoch: number;
  readonly kept?: { readonly offset: number; readonly state: Parts };
}

export async function openCheckpoints(nats: Nats, options: CheckpointsOptions): Promise<Checkpoints> {
  const { group, stream, replicas } = options;
  checkName("stream", stream);
  const name = `${group}-checkpoints`;
  const bucket = await openBucket(nats, { name, replicas, ttl: 0 });
  const parts = new PartStore(nats, bucket, bucketName(name));
  return { claim: (partition, epoch) => claim({ bucket, parts, key: `${stream}.${partition}` }, epoch) };
}

interface Place {
  readonly bucket: KV;
  readonly parts: PartStore;
  readonly key: string;
}

async function claim(place: Place, epoch: number): Promise<Claim> {
  const { bucket, parts, key } = place;
  for (;;) {
    const found = await current(bucket, key);
    const before = found && (JSON.parse(found.text) as Head);
    if (before && before.epoch > epoch)
      throw new FencedError(`epoch ${epoch} of "${key}" is over, ${before.epoch} runs`);
    const head: Head = { ...before, epoch };
    const revision = await replace(bucket, key, JSON.stringify(head), found?.revision);
    // Not in its place any more: the owner before us has saved once more, or another has come.
    if (revision === undefined) continue;
    await parts.sweep(key, head.kept?.state.name);
    const checkpoint = head.kept && { offset: head.kept.offset, state: await parts.get(key, head.kept.state) };
    return new Owner(place, head, revision, checkpoint);
  }
}

class Owner implements Claim {
  readonly #place: Place;
  #head: Head;
  #revision: number;
  #saves = 0;

  constructor(
    place: Place,
    head: Head,
    revision: number,
    readonly checkpoint: Checkpoint | undefined,
  ) {
    this.#place = place;
    this.#head = head;
    this.#revision = revision;
  }

  async save({ offset, state }: Checkpoint): Promise<void> {
    const { parts, key } = this.#place;
    const { epoch, kept: old } = this.#head;
    const kept = { offset, state: await parts.put(key, `${epoch}-${++this.#saves}`, state) };
    if (!(await this.#write({ epoch, kept }))) {
      await parts.remove(key, kept.state.name);
      throw new FencedError(`epoch ${epoch} of "${key}" is over`);
    }
    if (old) await parts.remove(key, old.state.name);
  }

  async #write(head: Head): Promise<boolean> {
    const { bucket, key } = this.#place;
    for (;;) {
      const revision = await replace(bucket, key, JSON.stringify(head), this.#revision);
      if (revision !== undefined) {
        this.#head = head;
        this.#revision = revision;
        return true;
      }
      // Nobody else writes in our epoch: it is one of our own whose answer was lost, or the epoch is over.
      const found = await current(bucket, key);
      if (found === undefined || (JSON.parse(found.text) as Head).epoch !== head.epoch) return false;
      this.#revision = found.revision;
    }
  }
}
