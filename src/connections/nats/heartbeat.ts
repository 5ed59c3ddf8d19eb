import type { KV } from "@nats-io/kv";
import type { Clock } from "../../streams/time/clock.js";
import { current, replace } from "./bucket.js";

/** A clock that goes back by less than this, ms, is put up with. */
const SLACK = 500;

/**
 * The sign of life of one member: a value that goes by itself when it is not written again. Who has not written it for a
 * while takes itself for dead before others can.
 */
export class Heartbeat {
  readonly #bucket: KV;
  readonly #member: string;
  readonly #clock: Clock;
  readonly #lasts: number;
  #revision: number | undefined;
  #sentAt: number | undefined;

  /** @param lasts how long a sign of life is good for, ms: less than the bucket keeps it */
  constructor(bucket: KV, member: string, clock: Clock, lasts: number) {
    this.#bucket = bucket;
    this.#member = member;
    this.#clock = clock;
    this.#lasts = lasts;
  }

  /** Whether others take us for alive for sure. Looks at the clock each time: this process may have been frozen. */
  get alive(): boolean {
    if (this.#sentAt === undefined) return false;
    const age = this.#clock.now() - this.#sentAt;
    return age >= -SLACK && age < this.#lasts;
  }

  /**
   * Gives a sign of life. False where an earlier one has gone meanwhile: others may have taken us for dead, and the next
   * one makes us a member anew.
   */
  async beat(): Promise<boolean> {
    const sentAt = this.#clock.now();
    const written =
      (await replace(this.#bucket, this.#member, "", this.#revision)) ??
      // Nobody else writes this key. If it is there, the answer to our last one was lost.
      (await this.#again());
    this.#revision = written;
    this.#sentAt = written === undefined ? undefined : sentAt;
    return written !== undefined;
  }

  async #again(): Promise<number | undefined> {
    const found = await current(this.#bucket, this.#member);
    return found && replace(this.#bucket, this.#member, "", found.revision);
  }

  /** Says that this member is no more. */
  async end(): Promise<void> {
    this.#sentAt = undefined;
    await this.#bucket.purge(this.#member);
  }
}
