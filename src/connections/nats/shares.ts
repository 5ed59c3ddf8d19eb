/** Who has a partition, and the how manieth owner that is: an epoch is never given out twice. */
export interface Lease {
  readonly member: string | null;
  readonly epoch: number;
}

/** All partitions of a group, by their numbers, and who has joined. */
export interface Table {
  readonly members: readonly string[];
  readonly leases: readonly Lease[];
}

export interface Plan {
  /** Free partitions that are ours now. */
  readonly take: readonly number[];
  /** Partitions that others are waiting for. */
  readonly surplus: readonly number[];
}

/**
 * What one member does next. Every member has as many as every other, or one more; who has one more is decided so that as
 * few as possible change hands.
 *
 * @param live those members that gave a sign of life; `self` among them
 * @param held what we hold and work on: a lease that bears our name and is not among them is free for us
 */
export function planOf(table: Table, live: ReadonlySet<string>, self: string, held: ReadonlySet<number>): Plan {
  const free = table.leases.flatMap(({ member }, partition) =>
    member === null || !live.has(member) || (member === self && !held.has(partition)) ? [partition] : [],
  );
  const quota = quotas(table, live).get(self)!;
  const have = [...held].sort((a, b) => a - b);
  return { take: free.slice(0, Math.max(0, quota - have.length)), surplus: have.slice(quota) };
}

function quotas({ leases }: Table, live: ReadonlySet<string>): ReadonlyMap<string, number> {
  const has = new Map([...live].map((member) => [member, 0]));
  for (const { member } of leases) {
    if (member !== null && live.has(member)) has.set(member, has.get(member)! + 1);
  }
  const least = Math.floor(leases.length / live.size);
  const more = leases.length % live.size;
  const order = [...live].sort((a, b) => has.get(b)! - has.get(a)! || (a < b ? -1 : 1));
  return new Map(order.map((member, i) => [member, i < more ? least + 1 : least]));
}

/** The table when a member has taken what it was to take, and let go of what bears its name and is not held. */
export function taken(
  table: Table,
  live: ReadonlySet<string>,
  self: string,
  held: ReadonlySet<number>,
  take: readonly number[],
): Table {
  const taking = new Set(take);
  return {
    members: [...live].sort(),
    leases: table.leases.map((lease, partition) => {
      if (taking.has(partition)) return { member: self, epoch: lease.epoch + 1 };
      const stays = lease.member === self ? held.has(partition) : lease.member !== null && live.has(lease.member);
      return stays ? lease : { member: null, epoch: lease.epoch };
    }),
  };
}
