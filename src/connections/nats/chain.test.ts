import { describe, expect, it } from "@jest/globals";
import { Chain, type Link } from "./chain.js";
import { offsetOf } from "./message.js";

/** Messages of one element each. */
const link = (sequence: number, predecessor: number, first: number, subject = "a"): Link => ({
  subject,
  sequence,
  predecessor,
  first,
  next: first + 1,
});

describe("the chain of messages of a partition", () => {
  it("is whole where each follows the one before it, of each origin", () => {
    const chain = new Chain(1);
    chain.begin(1, 4);
    const links = [link(1, 0, 0), link(2, 0, 0, "b"), link(3, 1, 1), link(4, 2, 1, "b")];
    expect(links.map((one) => chain.add(one))).toEqual([undefined, undefined, undefined, undefined]);
    expect(chain.start).toBe(5);
  });

  it("goes on after messages that were read before", () => {
    const chain = new Chain(10);
    chain.begin(1, 12);
    expect(chain.add(link(11, 8, 20))).toBeUndefined();
  });

  it("is broken where a predecessor should have been read", () => {
    const chain = new Chain(10);
    chain.begin(15, 20);
    expect(chain.add(link(17, 12, 20))).toMatchObject({ from: offsetOf(10), resume: offsetOf(17) });
    expect(chain.add(link(18, 17, 21))).toBeUndefined();
  });

  it("is broken where messages go while it is read", () => {
    const chain = new Chain(1);
    chain.begin(1, 9);
    chain.add(link(1, 0, 0));
    expect(chain.add(link(9, 7, 5))).toMatchObject({ from: offsetOf(2), resume: offsetOf(9) });
  });

  it("is broken where all that was there has gone and a new beginning is made", () => {
    const chain = new Chain(10);
    chain.begin(31, 30);
    expect(chain.add(link(31, 0, 50))).toMatchObject({ reason: "the stream no longer holds what has not been read" });
    const untouched = new Chain(31);
    untouched.begin(31, 30);
    expect(untouched.add(link(31, 0, 50))).toBeUndefined();
  });

  it("is broken where the stream ends before what was read", () => {
    const chain = new Chain(10);
    expect(chain.begin(1, 6)).toMatchObject({ from: offsetOf(10), resume: offsetOf(7) });
    expect(chain.start).toBe(7);
    expect(new Chain(1, 1).begin(1, 0)).toBeDefined();
    expect(new Chain(1, 1).begin(1, 1)).toBeUndefined();
  });
});
