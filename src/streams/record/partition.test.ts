import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { fnv1a32, fnv1a32Ascii, Positions, partitionOf } from "./partition.js";

describe("fnv1a32", () => {
  // From the test vectors that Noll publishes with the algorithm.
  it.each([
    ["", 0x811c9dc5],
    ["a", 0xe40c292c],
    ["foobar", 0xbf9cf968],
  ])("hashes %j as published", (text, hash) => expect(fnv1a32(text)).toBe(hash));

  it("hashes the UTF-8 bytes of a text", () => {
    const bytes = [0xc3, 0xa9];
    const hash = bytes.reduce((sum, byte) => Math.imul(sum ^ byte, 0x01000193), 0x811c9dc5) >>> 0;
    expect(fnv1a32("é")).toBe(hash);
  });

  it("hashes a piece of ASCII the same", () => {
    fc.assert(
      fc.property(fc.string(), (text) => expect(fnv1a32Ascii(`<${text}>`, 1, text.length + 1)).toBe(fnv1a32(text))),
    );
  });
});

describe("partitionOf", () => {
  // Stored state and history lie where these say: a change here loses them.
  it("puts these printers where it always has", () => {
    const keys = Array.from({ length: 8 }, (_, i) => `printer_${i + 1}`);
    expect(keys.map((key) => partitionOf(key, 4))).toEqual([3, 2, 1, 0, 3, 2, 1, 0]);
  });

  it("is a partition of the stream for every key", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.integer({ min: 1, max: 64 }), (key, partitions) => {
        const partition = partitionOf(key, partitions);
        expect(Number.isInteger(partition) && partition >= 0 && partition < partitions).toBe(true);
      }),
    );
  });
});

describe("Positions", () => {
  it("counts each partition from 0 and keeps a key in its partition", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom("a", "b", "c", "d", "e"), { maxLength: 50 }), (keys) => {
        const positions = new Positions("sensors", 4);
        const next = [0, 0, 0, 0];
        for (const key of keys) {
          const partition = partitionOf(key, 4);
          expect(positions.next(key)).toEqual({ stream: "sensors", partition, offset: next[partition]!++ });
        }
      }),
    );
  });

  it("goes on counting when it has seen more keys than it remembers", () => {
    const positions = new Positions("sensors", 1);
    for (let i = 0; i < 100_001; i++) positions.next(`printer_${i}`);
    expect(positions.next("printer_0").offset).toBe(100_001);
  });
});
