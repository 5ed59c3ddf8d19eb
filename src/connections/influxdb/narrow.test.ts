import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { DisconnectedError, PartialWriteError } from "../../streams/component/errors.js";
import type { Answer } from "./answer.js";
import { writeNarrowing } from "./narrow.js";

/** A server that refuses a whole request for one bad line, and counts what it was asked. */
function serverRefusing(bad: (line: string) => boolean) {
  const held = new Set<string>();
  const asked: number[] = [];
  const send = (text: string): Promise<Answer> => {
    const lines = text.split("\n");
    asked.push(lines.length);
    if (lines.some(bad)) return Promise.resolve({ is: "refused", reason: "unable to parse" });
    for (const line of lines) held.add(line);
    return Promise.resolve({ is: "taken" });
  };
  return { held, asked, send };
}

const numbered = (count: number): string => Array.from({ length: count }, (_, i) => `line ${i}`).join("\n");
const refusedBy = async (write: Promise<void>): Promise<ReadonlyMap<number, string>> => {
  try {
    await write;
    return new Map();
  } catch (cause) {
    if (cause instanceof PartialWriteError) return cause.refused;
    throw cause;
  }
};

describe("writeNarrowing", () => {
  it("sends a good batch in one request", async () => {
    const server = serverRefusing(() => false);
    await writeNarrowing(numbered(5000), server.send);
    expect(server.asked).toEqual([5000]);
  });

  it("finds the one bad line and writes all others", async () => {
    const server = serverRefusing((line) => line === "line 1234");
    const refused = await refusedBy(writeNarrowing(numbered(5000), server.send));
    expect([...refused]).toEqual([[1234, "unable to parse"]]);
    expect(server.held.size).toBe(4999);
    expect(server.asked.length).toBeLessThanOrEqual(27);
  });

  it("refuses exactly the bad lines, wherever a few of them stand", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 2000 }),
        fc.array(fc.nat(1999), { maxLength: 10 }),
        async (count, places) => {
          const bad = new Set(places.filter((place) => place < count).map((place) => `line ${place}`));
          const lines = numbered(count);
          const server = serverRefusing((line) => bad.has(line));
          const refused = await refusedBy(writeNarrowing(lines, server.send));
          expect(new Set([...refused.keys()].map((i) => lines.split("\n")[i]))).toEqual(bad);
          expect(server.held.size).toBe(count - bad.size);
        },
      ),
      { numRuns: 50 },
    );
  });

  it("gives up telling them apart when nearly all are bad", async () => {
    const server = serverRefusing(() => true);
    const refused = await refusedBy(writeNarrowing(numbered(5000), server.send));
    expect(refused.size).toBe(5000);
    expect(refused.get(4999)).toMatch(/refused together with \d+ others/);
    expect(server.asked).toHaveLength(256);
  });

  it("sends in smaller pieces what is too large, in order", async () => {
    const pieces: string[][] = [];
    const send = (text: string): Promise<Answer> => {
      const lines = text.split("\n");
      if (lines.length > 2) return Promise.resolve({ is: "too-large", reason: "too large" });
      pieces.push(lines);
      return Promise.resolve({ is: "taken" });
    };
    await writeNarrowing(numbered(5), send);
    expect(pieces.flat().join("\n")).toEqual(numbered(5));
  });

  it("refuses a line that is too large by itself", async () => {
    const send = (text: string): Promise<Answer> =>
      Promise.resolve(text.split("\n").includes("line 1") ? { is: "too-large", reason: "too large" } : { is: "taken" });
    expect([...(await refusedBy(writeNarrowing(numbered(3), send)))]).toEqual([[1, "too large"]]);
  });

  it.each(["away", "forbidden"] as const)(
    "asks for the whole batch again when the server is %s half-way",
    async (is) => {
      let requests = 0;
      const send = (): Promise<Answer> =>
        Promise.resolve(++requests === 1 ? { is: "refused", reason: "bad" } : { is, reason: "for now" });
      await expect(writeNarrowing(numbered(4), send)).rejects.toThrow(DisconnectedError);
    },
  );
});
