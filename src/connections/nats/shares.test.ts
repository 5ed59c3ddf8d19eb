import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { planOf, type Table, taken } from "./shares.js";

const empty = (partitions: number): Table => ({
  members: [],
  leases: Array.from({ length: partitions }, () => ({ member: null, epoch: 0 })),
});
const heldBy = ({ leases }: Table, self: string) =>
  new Set(leases.flatMap(({ member }, partition) => (member === self ? [partition] : [])));

/** Members act in turns until nobody has anything to do. Returns the table and how many leases changed hands. */
function settle(table: Table, members: readonly string[]): { table: Table; moved: number } {
  const live = new Set(members);
  let moved = 0;
  for (let acted = true; acted;) {
    acted = false;
    for (const self of members) {
      const held = heldBy(table, self);
      const { take, surplus } = planOf(table, live, self, held);
      surplus.forEach((partition) => held.delete(partition));
      acted ||= take.length + surplus.length > 0;
      moved += take.length;
      table = taken(table, live, self, held, take);
    }
  }
  return { table, moved };
}

const share = ({ leases }: Table, member: string) => leases.filter((lease) => lease.member === member).length;

describe("shares of the partitions", () => {
  it("are even for any number of members, and all is shared out", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 70 }), fc.integer({ min: 1, max: 9 }), (partitions, count) => {
        const members = Array.from({ length: count }, (_, i) => `m${i}`);
        const { table } = settle(empty(partitions), members);
        const shares = members.map((member) => share(table, member));
        expect(shares.reduce((a, b) => a + b)).toBe(partitions);
        expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it("move no more than they must as members come and go", () => {
    const one = settle(empty(16), ["a"]);
    const three = settle(one.table, ["a", "b", "c"]);
    expect(["a", "b", "c"].map((member) => share(three.table, member))).toEqual([6, 5, 5]);
    expect(three.moved).toBe(10);
    const two = settle(three.table, ["a", "c"]);
    expect(two.moved).toBe(5);
    expect(settle(two.table, ["a", "c"]).moved).toBe(0);
  });

  it("give out each epoch once", () => {
    fc.assert(
      fc.property(
        fc.array(fc.subarray(["a", "b", "c", "d"], { minLength: 1 }), { minLength: 1, maxLength: 8 }),
        (rounds) => {
          let table = empty(7);
          const owners = new Map<string, string>();
          for (const members of rounds) {
            ({ table } = settle(table, members));
            table.leases.forEach(({ member, epoch }, partition) => {
              const known = owners.get(`${partition}/${epoch}`) ?? member!;
              expect(member).toBe(known);
              owners.set(`${partition}/${epoch}`, known);
            });
          }
        },
      ),
    );
  });

  it("take nothing from a member that lives, nor wait for one that does not", () => {
    const table: Table = { members: ["a", "b"], leases: ["a", "b", "a", "b"].map((member) => ({ member, epoch: 1 })) };
    expect(planOf(table, new Set(["b"]), "b", new Set([1, 3]))).toEqual({ take: [0, 2], surplus: [] });
    expect(planOf(table, new Set(["a", "b", "c"]), "c", new Set())).toEqual({ take: [], surplus: [] });
  });

  it("take anew what bears our name and was lost meanwhile", () => {
    const table: Table = { members: ["a"], leases: [{ member: "a", epoch: 4 }] };
    const { take } = planOf(table, new Set(["a"]), "a", new Set());
    expect(taken(table, new Set(["a"]), "a", new Set(), take).leases).toEqual([{ member: "a", epoch: 5 }]);
  });
});
