import { describe, expect, it } from "@jest/globals";
import { KeyedState, plainCodec } from "./keyed-state.js";

interface Count {
  readonly key: string;
  n: number;
}
const counting = (limit = 100_000) =>
  new KeyedState<Count>((key) => ({ key, n: 0 }), { limit, codec: plainCodec<Count>() });

describe("KeyedState", () => {
  it("makes the state of a key once, and of each key its own", () => {
    const state = counting();
    state.of("a").n = 1;
    state.of("b").n = 2;
    expect([state.of("a"), state.of("b")]).toEqual([
      { key: "a", n: 1 },
      { key: "b", n: 2 },
    ]);
    expect(state.size).toBe(2);
  });

  it("looks without making or touching", () => {
    const state = counting(4);
    expect(state.peek("a")).toBeUndefined();
    for (const key of ["a", "b", "c", "d"]) state.of(key);
    state.peek("a");
    state.of("e");
    expect(state.peek("a")).toBeUndefined();
  });

  it("touches what there is, and makes nothing", () => {
    const state = counting(2);
    expect(state.touch("a")).toBeUndefined();
    state.of("a");
    state.of("b");
    state.touch("a")!.n = 1;
    state.of("c");
    expect([...state].map(([, count]) => count)).toEqual([
      { key: "a", n: 1 },
      { key: "c", n: 0 },
    ]);
  });

  it("lets go of the quarter that was not touched for longest", () => {
    const state = counting(8);
    for (let i = 0; i < 8; i++) state.of(`k${i}`);
    state.of("k0");
    state.of("k1");
    state.of("new");
    expect([...state].map(([key]) => key)).toEqual(["k0", "k1", "k5", "k6", "k7", "new"]);
  });

  it("stays within its limit under a flood of keys, and keeps the one that is in use", () => {
    const state = counting(100);
    for (let i = 0; i < 10_000; i++) {
      state.of(`invented_${i}`);
      state.of("real").n++;
      expect(state.size).toBeLessThanOrEqual(100);
    }
    expect(state.of("real").n).toBe(10_000);
  });

  it("goes through keys in the order of first use", () => {
    const state = counting();
    for (const key of ["b", "a", "c", "a", "b"]) state.of(key);
    expect([...state].map(([key]) => key)).toEqual(["b", "a", "c"]);
  });

  it("forgets one key, or all", () => {
    const state = counting();
    state.of("a").n = 1;
    state.of("b");
    state.delete("a");
    expect(state.of("a").n).toBe(0);
    state.clear();
    expect(state.size).toBe(0);
  });

  it("has room for one key at least", () => {
    const state = counting(1);
    state.of("a");
    state.of("b");
    expect([...state].map(([key]) => key)).toEqual(["b"]);
  });
});
