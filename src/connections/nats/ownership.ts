import type { KV } from "@nats-io/kv";
import type { Log } from "../../streams/component/context.js";
import { ConfigError, messageOf } from "../../streams/component/errors.js";
import type { Cancel, Clock } from "../../streams/time/clock.js";
import { current, openBucket } from "./bucket.js";
import { Heartbeat } from "./heartbeat.js";
import { checkName } from "./layout.js";
import { LeaseTable } from "./lease-table.js";
import type { Nats } from "./open.js";
import { planOf, type Table, taken } from "./shares.js";

/** A member that gives no sign of life for so long, ms, is taken for dead by the server. */
const DEAD_AFTER = 6_000;
/** And so long before that by itself. */
const MARGIN = 1_000;
const BEAT_EVERY = 1_500;
/** How often the table is looked at, ms. */
const LOOK_EVERY = 500;

export interface OwnershipOptions {
  readonly nats: Nats;
  /** Names those who share the partitions. */
  readonly group: string;
  readonly partitions: number;
  /** Names this process and no other before or after it. */
  readonly member: string;
  /** Whether a member is certainly dead, whatever signs of life it gave: we stand in its place, say. Default: none is. */
  readonly isDead?: (member: string) => boolean;
  /** Servers of the cluster that keep the leases. */
  readonly replicas: number;
  readonly log: Log;
  readonly clock: Clock;
  /** The partition is ours now. The epoch is higher than that of every owner before. */
  readonly gained: (partition: number, epoch: number) => void;
  /** It is not ours any more, and someone else may be at work on it already: nothing more may be done for it. */
  readonly lost: (partition: number) => void;
  /** Another waits for it. It is given away when this resolves: whatever must be kept is kept then. */
  readonly release: (partition: number) => Promise<void>;
}

/**
 * Shares the partitions of a stream among the members of a group, evenly. A partition has one owner at a time as far as
 * clocks can tell; what must hold beyond that goes by the epoch.
 */
export class Ownership {
  readonly #options: OwnershipOptions;
  readonly #members: KV;
  readonly #table: LeaseTable;
  readonly #heartbeat: Heartbeat;
  readonly #stop = new AbortController();
  readonly #held = new Map<number, number>();
  readonly #releasing = new Set<number>();
  /** How often we had to take ourselves for dead. */
  #deaths = 0;
  #cancelLapse: Cancel = () => undefined;
  #loops: Promise<unknown> = Promise.resolve();
  #away = false;

  private constructor(options: OwnershipOptions, members: KV, leases: KV) {
    const { member, clock, partitions } = options;
    this.#options = options;
    this.#members = members;
    this.#table = new LeaseTable(leases, partitions);
    this.#heartbeat = new Heartbeat(members, member, clock, DEAD_AFTER - MARGIN);
  }

  /**
   * Joins the group, and resolves when what is free of our share has been taken. Throws ConfigError for a bad name, and where
   * the group has another number of partitions.
   */
  static async join(options: OwnershipOptions): Promise<Ownership> {
    const { nats, group, member, replicas } = options;
    checkName("member", member);
    const members = await openBucket(nats, { name: `${group}-members`, replicas, ttl: DEAD_AFTER });
    const leases = await openBucket(nats, { name: group, replicas, ttl: 0 });
    const ownership = new Ownership(options, members, leases);
    ownership.#check(await ownership.#table.read());
    await ownership.#beat();
    await ownership.#balance();
    ownership.#loops = Promise.all([
      ownership.#loop(BEAT_EVERY, () => ownership.#beat()),
      ownership.#loop(LOOK_EVERY, () => ownership.#balance()),
    ]);
    return ownership;
  }

  /** Whether the others take us for alive, for sure. */
  get alive(): boolean {
    return this.#heartbeat.alive;
  }

  /** Those that are ours at this moment. */
  get owned(): ReadonlySet<number> {
    return this.#heartbeat.alive ? new Set(this.#held.keys()) : new Set();
  }

  /**
   * The epoch in which we own a partition; undefined where we do not. Ask right before each act that cannot be undone: a
   * process that was frozen comes to know here that it was, before any timer of it runs.
   */
  epochOf(partition: number): number | undefined {
    // Whoever was told so has given it up: a sign of life that is answered later does not bring it back.
    if (!this.#heartbeat.alive) this.#loseAll("no sign of life could be given in time");
    return this.#held.get(partition);
  }

  /** Releases all that we have and leaves the group. */
  async leave(): Promise<void> {
    const { member, log } = this.#options;
    this.#stop.abort();
    await this.#loops;
    await Promise.all([...this.#held.keys()].map((partition) => this.#handOver(partition)));
    this.#cancelLapse();
    try {
      for (let written = false; !written;) {
        const table = await this.#table.read();
        const others = new Set(table.members.filter((other) => other !== member));
        written = await this.#table.write(taken(table, others, member, new Set(), []));
      }
      await this.#heartbeat.end();
    } catch (cause) {
      log.warn("could not leave the group, the others wait until we count as dead", { reason: messageOf(cause) });
    }
  }

  async #loop(every: number, act: () => Promise<void>): Promise<void> {
    const { clock, log, group } = this.#options;
    while (!this.#stop.signal.aborted) {
      try {
        await act();
        // The other loop does nothing while no sign of life gets through.
        if (this.#away && this.#heartbeat.alive) {
          log.info("the leases can be reached again", { group });
          this.#away = false;
        }
      } catch (cause) {
        if (!this.#away) log.warn("the leases cannot be reached", { group, reason: messageOf(cause) });
        this.#away = true;
      }
      await clock.sleep(every, this.#stop.signal);
    }
  }

  async #beat(): Promise<void> {
    if (!this.#heartbeat.alive) this.#loseAll("no sign of life could be given in time");
    if (!(await this.#heartbeat.beat())) {
      this.#loseAll("the others took us for dead");
      await this.#heartbeat.beat();
    }
    this.#cancelLapse();
    this.#cancelLapse = this.#options.clock.after(DEAD_AFTER - MARGIN, () => {
      if (!this.#heartbeat.alive) this.#loseAll("no sign of life could be given in time");
    });
  }

  async #balance(): Promise<void> {
    if (!this.#heartbeat.alive) return;
    const alive = this.#watchLife();
    const { member } = this.#options;
    const table = await this.#table.read();
    const gone = [...this.#held].filter(([partition, epoch]) => {
      const lease = table.leases[partition]!;
      return lease.member !== member || lease.epoch !== epoch;
    });
    this.#lose(
      gone.map(([partition]) => partition),
      "someone else has the lease",
    );
    const live = await this.#live(table);
    const held = new Set(this.#held.keys());
    const { take, surplus } = planOf(table, live, member, held);
    for (const partition of surplus) void this.#handOver(partition);
    const next = taken(table, live, member, held, take);
    if (JSON.stringify(next) === JSON.stringify(table) || !(await this.#table.write(next))) return;
    // If we died since, others may have taken them already. Those that still bear our name are taken anew at the next look.
    if (!alive()) return;
    for (const partition of take) this.#gain(partition, next.leases[partition]!.epoch);
    const { log, group } = this.#options;
    if (take.length > 0) log.info("took partitions", { group, partitions: take.length, of: table.leases.length });
  }

  /** Whether we have been alive without a break from here on. */
  #watchLife(): () => boolean {
    const deaths = this.#deaths;
    return () => this.#heartbeat.alive && this.#deaths === deaths;
  }

  /** Ourselves, and all who gave a sign of life. */
  async #live({ members }: Table): Promise<ReadonlySet<string>> {
    const { member, isDead = () => false } = this.#options;
    const others = members.filter((other) => other !== member && !isDead(other));
    const found = await Promise.all(others.map((other) => current(this.#members, other)));
    return new Set([member, ...others.filter((_, i) => found[i] !== undefined)]);
  }

  #gain(partition: number, epoch: number): void {
    const { log, group, gained } = this.#options;
    this.#held.set(partition, epoch);
    log.debug("took a partition", { group, partition, epoch });
    gained(partition, epoch);
  }

  async #handOver(partition: number): Promise<void> {
    const { log, group, release } = this.#options;
    if (this.#releasing.has(partition)) return;
    this.#releasing.add(partition);
    const epoch = this.#held.get(partition);
    try {
      await release(partition);
      // The next look at the table gives it away.
      if (this.#held.get(partition) === epoch) this.#held.delete(partition);
      log.debug("gave a partition away", { group, partition });
    } catch (cause) {
      log.warn("a partition could not be given away", { group, partition, reason: messageOf(cause) });
    } finally {
      this.#releasing.delete(partition);
    }
  }

  #loseAll(reason: string): void {
    if (this.#held.size > 0) this.#deaths++;
    this.#lose([...this.#held.keys()], reason);
  }

  #lose(partitions: readonly number[], reason: string): void {
    const { log, group, lost } = this.#options;
    if (partitions.length === 0) return;
    log.warn("lost partitions", { group, partitions: partitions.length, reason });
    for (const partition of partitions) {
      this.#held.delete(partition);
      log.debug("lost a partition", { group, partition });
      lost(partition);
    }
  }

  #check({ leases }: Table): void {
    const { group, partitions } = this.#options;
    if (leases.length === partitions) return;
    throw new ConfigError(
      `group "${group}" shares ${leases.length} partitions, and ${partitions} are asked for: go back to ${leases.length}, ` +
        "or give the group another name",
    );
  }
}
