import { describe, expect, it } from "@jest/globals";
import { merge } from "./merge.js";

/** Gives texts at once, and says in `taken` that it was asked for each. */
async function* giving(texts: readonly string[], taken: string[] = []): AsyncGenerator<string> {
  for (const text of texts) {
    taken.push(text);
    yield text;
  }
  await Promise.resolve();
}

/** Gives nothing until it is returned from. */
async function* silent(ended: () => void): AsyncGenerator<string> {
  try {
    yield "first";
    yield "second";
    await new Promise(() => undefined);
  } finally {
    ended();
  }
}

async function first(count: number, all: readonly AsyncGenerator<string>[]): Promise<string[]> {
  const stop = new AbortController();
  const given: string[] = [];
  for await (const texts of merge(all, stop.signal)) if (given.push(...texts) === count) stop.abort();
  return given;
}

describe("several streams as one", () => {
  it("keep their own order, and give one after another while all have something", async () => {
    const all = [giving(["a1", "a2", "a3", "a4"]), giving(["b1"]), giving(["c1", "c2"])];
    expect(await first(7, all)).toEqual(["a1", "b1", "c1", "a2", "c2", "a3", "a4"]);
  });

  it("lose nothing that comes while others are used", async () => {
    const slowly = async function* (name: string, wait: number) {
      for (let n = 1; n <= 20; n++) {
        await new Promise((resolve) => setTimeout(resolve, wait));
        yield `${name}${n}`;
      }
    };
    const given = await first(60, [slowly("a", 1), slowly("b", 2), slowly("c", 3)]);
    for (const name of ["a", "b", "c"])
      expect(given.filter((text) => text.startsWith(name))).toEqual(
        Array.from({ length: 20 }, (_, i) => `${name}${i + 1}`),
      );
  });

  it("are not asked for more than one each while nobody takes it", async () => {
    const taken: string[] = [];
    const merged = merge(
      [giving(["a1", "a2", "a3"], taken), giving(["b1", "b2"], taken)],
      new AbortController().signal,
    );
    expect((await merged.next()).value).toEqual(["a1", "b1"]);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(taken).toEqual(["a1", "b1"]);
    await merged.next();
    expect(taken).toEqual(["a1", "b1", "a2", "b2"]);
  });

  it("end when they are told to, while all of them wait", async () => {
    const stop = new AbortController();
    const merged = merge([silent(() => undefined)], stop.signal);
    await merged.next();
    await merged.next();
    const last = merged.next();
    stop.abort();
    expect(await last).toEqual({ done: true, value: undefined });
  });

  it("end when nobody wants them any more", async () => {
    let ended = 0;
    for await (const texts of merge([silent(() => ended++), silent(() => ended++)], new AbortController().signal)) {
      expect(texts).toEqual(["first", "first"]);
      break;
    }
    expect(ended).toBe(2);
  });

  it("fail with the first that fails", async () => {
    async function* failing(): AsyncGenerator<string> {
      yield "a";
      await Promise.reject(new Error("broken"));
    }
    const given: string[] = [];
    const all = async () => {
      const merged = merge([failing(), giving(["b1", "b2"])], new AbortController().signal);
      for await (const texts of merged) given.push(...texts);
    };
    await expect(all()).rejects.toThrow("broken");
    expect(given.slice(0, 2)).toEqual(["a", "b1"]);
  });

  it("wait for `stop` where there are none", async () => {
    const stop = new AbortController();
    const next = merge([], stop.signal).next();
    stop.abort();
    expect((await next).done).toBe(true);
  });
});
