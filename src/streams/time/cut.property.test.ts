import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import type { JsonValue } from "../record/json.js";
import type { Entry } from "./cut.js";
import { KeyedState, plainCodec } from "./keyed-state.js";

interface Count {
  n: number;
}
const LIMIT = 6;
const open = () => new KeyedState<Count>(() => ({ n: 0 }), { limit: LIMIT, codec: plainCodec<Count>() });
type State = ReturnType<typeof open>;

/** Something that happens to a state. More keys than there is room for, so that some are let go of. */
type Change = (state: State) => void;
const key = fc.constantFrom("a", "b", "c", "d", "e", "f", "g", "h");
const change: fc.Arbitrary<Change> = fc.oneof(
  {
    weight: 6,
    arbitrary: key.map((key) => (state: State) => {
      state.of(key).n++;
    }),
  },
  { weight: 2, arbitrary: key.map((key) => (state: State) => state.delete(key)) },
  {
    weight: 2,
    arbitrary: key.map((key) => (state: State) => {
      const count = state.touch(key);
      if (count) count.n += 10;
    }),
  },
  { weight: 1, arbitrary: fc.constant((state: State) => state.clear()) },
);
const changes = fc.array(change, { maxLength: 40 });
/** How many keys are pulled before the change of that number. */
const pulls = fc.array(fc.nat(3), { maxLength: 40 });

/** Lets changes and pulls take turns, then pulls the rest. */
function pullAmid(state: State, after: readonly Change[], turns: readonly number[]): Entry[] {
  const cut = state.cut();
  const pulled: Entry[] = [];
  const pull = (most: number): void => {
    for (let i = 0; i < most; i++) {
      const entry = cut.pull();
      if (entry) pulled.push(JSON.parse(JSON.stringify(entry)) as Entry);
    }
  };
  for (let i = 0; i < after.length; i++) {
    pull(turns[i] ?? 0);
    after[i]!(state);
  }
  pull(cut.size + 1);
  expect(cut.done).toBe(true);
  expect(pulled).toHaveLength(cut.size);
  return pulled;
}

const restored = (entries: Iterable<Entry>): State => {
  const state = open();
  for (const [key, saved] of entries) state.restore(key, saved);
  return state;
};
const picture = (state: State): JsonValue => JSON.parse(JSON.stringify([...state])) as JsonValue;

describe("a cut of keyed state", () => {
  it("is what there was at its moment, in the order of first use, whatever happens meanwhile", () => {
    fc.assert(
      fc.property(changes, changes, pulls, (before, after, turns) => {
        const state = open();
        for (const act of before) act(state);
        const then = picture(state);
        expect(picture(restored(pullAmid(state, after, turns)))).toEqual(then);
      }),
      { numRuns: 500 },
    );
  });

  it("lets a restored state go on as if it had never stopped, down to whom it lets go of", () => {
    fc.assert(
      fc.property(changes, changes, pulls, (before, after, turns) => {
        const state = open();
        for (const act of before) act(state);
        const copy = restored(pullAmid(state, after, turns));
        for (const act of after) act(copy);
        expect(picture(copy)).toEqual(picture(state));
      }),
      { numRuns: 500 },
    );
  });

  it("leaves no trace where it was abandoned: the next one is whole", () => {
    fc.assert(
      fc.property(changes, changes, fc.nat(LIMIT), changes, pulls, (before, between, pulled, after, turns) => {
        const state = open();
        for (const act of before) act(state);
        const first = state.cut();
        for (let i = 0; i < pulled; i++) first.pull();
        for (const act of between) act(state);
        first.abandon();
        expect([first.done, first.pull()]).toEqual([true, undefined]);
        const then = picture(state);
        expect(picture(restored(pullAmid(state, after, turns)))).toEqual(then);
      }),
      { numRuns: 300 },
    );
  });
});

describe("cut", () => {
  it("saves a key when it is pulled or before it changes, once", () => {
    const saved: string[] = [];
    const save = ({ key }: { key: string }) => {
      saved.push(key);
      return null;
    };
    const codec = { save, load: () => ({ key: "" }) };
    const state = new KeyedState((key) => ({ key }), { codec });
    for (const key of "abc") state.of(key);
    const cut = state.cut();
    expect(saved).toEqual([]);
    state.of("b");
    state.of("b");
    expect(saved).toEqual(["b"]);
    for (const key of "abcd") state.of(key);
    cut.pull();
    expect(saved).toEqual(["b", "a", "c"]);
    for (let i = 0; i < 3; i++) cut.pull();
    expect([cut.done, saved]).toEqual([true, ["b", "a", "c"]]);
  });

  it("is one at a time, until it is done or abandoned", () => {
    const state = open();
    const cut = state.cut();
    expect(() => state.cut()).toThrow("a cut of this state is under way; pull it to its end or abandon it first");
    expect(cut.pull()).toBeUndefined();
    state.cut().abandon();
    expect(() => state.cut()).not.toThrow();
  });

  it("needs a codec", () => {
    expect(() => new KeyedState(() => 0).cut()).toThrow("this state has no codec, so nothing of it can be saved");
  });
});

describe("restore", () => {
  it("puts a key in the place of one that is there, behind all others", () => {
    const state = open();
    for (const key of "ab") state.of(key);
    state.restore("a", [7, { n: 5 }]);
    expect(picture(state)).toEqual([
      ["b", { n: 0 }],
      ["a", { n: 5 }],
    ]);
  });

  it("stays within the limit", () => {
    const state = open();
    for (let i = 0; i < 100; i++) state.restore(`k${i}`, [i, { n: i }]);
    expect(state.size).toBeLessThanOrEqual(LIMIT);
    expect(state.peek("k99")).toEqual({ n: 99 });
  });
});
