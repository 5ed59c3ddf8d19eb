import { afterEach, beforeEach, expect, it } from "@jest/globals";
import fc from "fast-check";
import type { Chunk, Gap, JournalStream, ReadOptions } from "../journal/journal.js";
import { Positions } from "../record/partition.js";
import type { Element } from "../record/record.js";

export interface JournalSubject {
  /** Opens the stream `orders` of so many partitions: where it was closed before, with what it held. */
  readonly open: (partitions: number) => Promise<JournalStream>;
  /** Forgets everything; called after each case, when all is closed. */
  readonly clear: () => Promise<void>;
}

const STREAM = "orders";
const PARTITIONS = 4;
const KEYS = ["a", "b", "c", "d", "e", "f", "g"];

/** Elements and their texts as a source hands them over. */
export interface Append {
  readonly elements: Element[];
  readonly texts: string[];
}

/** Makes appends that go on densely from 0, or from these offsets. */
export function appendsOf(
  stream = STREAM,
  first?: readonly number[],
): (...of: (readonly [string, number, unknown])[]) => Append {
  const positions = new Positions(stream, PARTITIONS, first);
  return (...of) => ({
    elements: of.map(([key, eventTime, value]) => {
      // As it comes back: JSON has no -0.
      const parsed: unknown = JSON.parse(JSON.stringify(value));
      return { key, eventTime, value: parsed, position: positions.next(key) };
    }),
    texts: of.map(([, , value]) => JSON.stringify(value)),
  });
}

/** All chunks, and the gaps between them. */
export async function readAll(stream: JournalStream, options: Partial<ReadOptions> = {}) {
  const chunks: Chunk[] = [];
  const gaps: Gap[] = [];
  const whole = { from: { offsets: new Array<number>(stream.partitions).fill(0) }, ...options };
  for await (const chunk of stream.read(whole, (gap) => gaps.push(gap))) chunks.push(chunk);
  return { chunks, gaps, elements: chunks.flatMap(({ elements }) => elements) };
}

/** What every journal does, wherever it keeps its streams. */
export function journalContract({ open, clear }: JournalSubject): void {
  let stream: JournalStream;
  let make: ReturnType<typeof appendsOf>;
  beforeEach(async () => {
    make = appendsOf();
    stream = await open(PARTITIONS);
  });
  afterEach(async () => {
    await stream.close();
    await clear();
  });
  const reopen = async () => {
    await stream.close();
    stream = await open(PARTITIONS);
  };
  const put = ({ elements, texts }: Append, arrived: number) => stream.append(elements, texts, arrived);
  /** Three appends of all keys, arrived at 1000, 2000 and 3000. */
  const three = () => {
    const appends = [1, 2, 3].map((n) => make(...KEYS.map((key) => [key, n, { n, key }] as const)));
    appends.forEach((append, i) => put(append, 1_000 * (i + 1)));
    return appends;
  };

  it("is empty at first", async () => {
    expect(stream).toMatchObject({ name: STREAM, partitions: PARTITIONS });
    expect(stream.begins()).toEqual([0, 0, 0, 0]);
    expect(stream.ends()).toEqual([0, 0, 0, 0]);
    expect((await readAll(stream)).chunks).toEqual([]);
  });

  it("gives back what was appended, in order, append by append", async () => {
    const appends = three();
    const { chunks, gaps } = await readAll(stream);
    expect(chunks).toEqual(appends.map((append, i) => ({ ...append, arrived: 1_000 * (i + 1) })));
    expect(gaps).toEqual([]);
  });

  it("goes on where it ended when it is opened again", async () => {
    const [first] = [make(["a", 1, 1], ["b", 1, 2])];
    put(first, 1);
    const ends = stream.ends();
    await reopen();
    expect(stream.ends()).toEqual(ends);
    const second = make(["b", 2, 3], ["c", 2, 4]);
    put(second, 2);
    expect((await readAll(stream)).elements).toEqual([...first.elements, ...second.elements]);
  });

  it("gives back time marks with their cause", async () => {
    const { elements, texts } = make(["a", 1, {}], ["a", 2, {}], ["b", 3, {}], ["a", 4, {}]);
    const causes = [undefined, "idle", "gone", "passed"] as const;
    const marked = elements.map((element, i) =>
      causes[i] ? { ...element, value: undefined, cause: causes[i] } : element,
    );
    const said = texts.map((text, i) => (causes[i] ? "" : text));
    stream.append(marked, said, 1);
    await reopen();
    expect((await readAll(stream)).chunks).toEqual([{ arrived: 1, elements: marked, texts: said }]);
  });

  it("keeps every key, time and text exactly", async () => {
    const time = fc.oneof(fc.double({ noNaN: true }), fc.integer({ min: 1.6e12, max: 1.9e12 }), fc.maxSafeNat());
    const records = fc.array(fc.tuple(fc.string({ unit: "binary" }), time, fc.jsonValue()), { minLength: 1 });
    await fc.assert(
      fc.asyncProperty(fc.array(records, { minLength: 1, maxLength: 4 }), async (batches) => {
        const from = stream.ends();
        const appends = batches.map((batch) => make(...batch));
        for (const append of appends) put(append, 5);
        const { chunks } = await readAll(stream, { from: { offsets: from } });
        expect(chunks).toEqual(appends.map(({ elements, texts }) => ({ arrived: 5, elements, texts })));
      }),
      { numRuns: 100 },
    );
  });

  it("takes texts with line ends and tabs between their parts", async () => {
    const { elements } = make(["a", 1, { n: 1 }], ["a", 2, { n: "\n\t" }]);
    stream.append(elements, ['{\r\n\t"n": 1\n}\n', '{"n":\n"\\n\\t"}'], 1);
    expect((await readAll(stream)).elements).toEqual(elements);
  });

  it("refuses offsets that do not go on, and keeps nothing of such an append", async () => {
    const [first, second, third] = [make(["a", 1, 1]), make(["a", 2, 2]), make(["a", 3, 3])];
    put(first, 1);
    const before = stream.ends();
    const skipping = { elements: [...second.elements, ...make(["a", 9, 9]).elements], texts: ["2", "9"] };
    expect(() => put(first, 2)).toThrow(RangeError);
    expect(() => put(third, 2)).toThrow(RangeError);
    expect(() => put(skipping, 2)).toThrow(RangeError);
    expect(stream.ends()).toEqual(before);
    put(second, 2);
    await reopen();
    expect((await readAll(stream)).elements).toEqual([...first.elements, ...second.elements]);
  });

  it("refuses an element in a partition that is not that of its key", () => {
    const { elements, texts } = make(["a", 1, 1]);
    const { partition, ...rest } = elements[0]!.position;
    const position = { ...rest, partition: (partition + 1) % PARTITIONS };
    expect(() => stream.append([{ ...elements[0]!, position }], texts, 1)).toThrow(RangeError);
  });

  it("reads from offsets, each partition from its own", async () => {
    const all = three().flatMap(({ elements }) => elements);
    const offsets = stream.ends().map((end, partition) => Math.max(0, end - partition));
    const { elements } = await readAll(stream, { from: { offsets } });
    expect(elements).toEqual(all.filter(({ position }) => position.offset >= offsets[position.partition]!));
  });

  it("reads up to offsets and no further", async () => {
    const all = three().flatMap(({ elements }) => elements);
    const until = stream.ends().map((end, partition) => Math.max(0, end - 1 - partition));
    const { elements } = await readAll(stream, { until });
    expect(elements).toEqual(all.filter(({ position }) => position.offset < until[position.partition]!));
    expect((await readAll(stream, { until: [0, 0, 0, 0] })).chunks).toEqual([]);
  });

  it("reads to the end as it was when the read began", async () => {
    const [first] = three();
    const read = stream.read({ from: { offsets: [0, 0, 0, 0] } })[Symbol.asyncIterator]();
    expect((await read.next()).value).toMatchObject({ elements: first!.elements });
    put(make(["a", 9, 9]), 9_000);
    let more = 0;
    while (!(await read.next()).done) more++;
    expect(more).toBe(2);
  });

  it("reads some partitions only", async () => {
    const all = three().flatMap(({ elements }) => elements);
    const partitions = new Set([1, 3]);
    const { elements } = await readAll(stream, { partitions });
    expect(elements).toEqual(all.filter(({ position }) => partitions.has(position.partition)));
    expect(elements.length).toBeGreaterThan(0);
  });

  it.each([
    [0, 3],
    [1_000, 3],
    [1_001, 2],
    [2_000, 2],
    [3_000, 1],
    [3_001, 0],
  ])("reads from the first append that arrived at %d or later", async (arrived, count) => {
    three();
    const { chunks } = await readAll(stream, { from: { arrived } });
    expect(chunks).toHaveLength(count);
  });

  it("never goes back in arrival, whatever the clock does", async () => {
    put(make(["a", 1, 1]), 2_000);
    put(make(["a", 2, 2]), 1_000);
    await reopen();
    put(make(["a", 3, 3]), 500);
    expect((await readAll(stream)).chunks.map(({ arrived }) => arrived)).toEqual([2_000, 2_000, 2_000]);
  });

  it("keeps the marks between epochs in their places", async () => {
    const [first, second] = [make(["a", 1, 1]), make(["b", 2, 2])];
    put(first, 1);
    stream.appendEpoch(7, 2);
    put(second, 3);
    stream.appendEpoch(8, 4);
    await reopen();
    const { chunks } = await readAll(stream);
    expect(chunks.map(({ epoch, elements }) => epoch ?? elements[0]!.key)).toEqual(["a", 7, "b", 8]);
    expect(chunks[1]).toEqual({ arrived: 2, elements: [], texts: [], epoch: 7 });
  });

  it("gives the mark of an epoch to a read that begins at its end", async () => {
    put(make(["a", 1, 1]), 1);
    const offsets = stream.ends();
    stream.appendEpoch(1, 2);
    put(make(["a", 2, 2]), 3);
    const { chunks } = await readAll(stream, { from: { offsets } });
    expect(chunks.map(({ epoch, elements }) => epoch ?? elements[0]!.eventTime)).toEqual([1, 2]);
  });

  it("takes an append of nothing for none", async () => {
    stream.append([], [], 1);
    expect((await readAll(stream)).chunks).toEqual([]);
  });

  it("says when all is safe from a power cut", async () => {
    three();
    await Promise.all([stream.sync(), stream.sync(), stream.sync()]);
    await stream.sync();
  });

  it("remembers how far groups of consumers have come", async () => {
    three();
    expect(stream.committed("views")).toBeUndefined();
    const ends = stream.ends();
    await stream.commit("views", [1, 1, 1, 1]);
    await stream.commit("odd/group: ü", [0, 0, 0, 0]);
    await Promise.all(
      [1, 2, 0].map((n) =>
        stream.commit(
          "views",
          ends.map((end) => Math.max(0, end - n)),
        ),
      ),
    );
    expect(stream.committed("views")).toEqual(ends);
    await reopen();
    expect(stream.committed("views")).toEqual(ends);
    expect(stream.committed("odd/group: ü")).toEqual([0, 0, 0, 0]);
    expect(stream.committed("others")).toBeUndefined();
    expect(() => stream.commit("views", [1])).toThrow(RangeError);
  });
}
