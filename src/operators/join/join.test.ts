import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { contextFor } from "../../streams/contract/context.js";
import { operatorContract } from "../../streams/contract/operator.js";
import { type Collected, feed, plain, RecordMaker } from "../../streams/contract/records.js";
import type { RecordOperator } from "../../streams/component/definition.js";
import type { Batch, Element, StreamRecord } from "../../streams/record/record.js";
import { features, prediction, reading } from "../../streams/record/record-type.js";
import type { Late, Reading } from "../../streams/record/values.js";
import { join } from "./index.js";

type Opened = RecordOperator<unknown, unknown>;
const parse = (options: object) => join.options.parse({ fields: ["b"], within: "5s", ...options });
const open = (options: object) => join.open(parse(options), contextFor()) as Opened;

/** Which input an element comes by is said by its stream. */
const byStream = ({ position }: Element) => (position.stream === "right" ? 1 : 0);
const run = (operator: Opened, elements: Batch, flush = true) => feed(operator, elements, { input: byStream, flush });

/**
 * What a join makes of readings of one printer: `L3` is the third second of the first input, `R3` of the second, `r3` a
 * record of the second that went no further, `Li` and `Rg` mark an input idle and gone. Out come pairs of seconds, `-`
 * where there is no partner, `|` before what the end of the input brought.
 */
function pairs(input: string, options: object = {}): string {
  const operator = open({ keep: "left", ...options });
  const before = run(operator, elementsOf(input), false);
  const after = run(operator, []);
  const text = ({ main }: Collected) =>
    (main as StreamRecord<Reading>[]).map(({ value }) => `${String(value.a)}+${String(value.b ?? "-")}`).join(" ");
  return `${text(before)} | ${text(after)}`.trim();
}

function elementsOf(input: string): Element[] {
  const makers = { L: new RecordMaker("left"), R: new RecordMaker("right") };
  return input.split(" ").map((word): Element => {
    const maker = makers[word[0]!.toUpperCase() as "L" | "R"];
    if (word[1] === "i" || word[1] === "g") return maker.mark("p", 0, word[1] === "i" ? "idle" : "gone");
    const second = Number(word.slice(1));
    if (word[0] === "r") return maker.mark("p", second, "passed");
    return maker.at("p", second, word[0] === "L" ? { a: second } : { b: second });
  });
}

describe("operator: join", () => {
  const makers = [new RecordMaker("left"), new RecordMaker("right")] as const;
  describe.each([
    { match: "latest", keep: "inner" },
    { match: "nearest", keep: "left" },
  ])("%j", (options) =>
    operatorContract({
      definition: join,
      options: { fields: ["b"], within: "3s", lateness: "2s", ...options },
      inputs: [reading, reading],
      input: byStream,
      elements: Array.from({ length: 30 }, (_, i) => [
        makers[0].at("printer_1", i - (i % 3), { a: i }),
        makers[1].at("printer_1", 1.5 * i, { b: i }),
        makers[1].at("printer_2", i, { b: -i }),
        makers[0].at("printer_2", 2 * i, { a: -i }),
        makers[i % 2]!.mark("printer_2", i, i === 20 ? "idle" : "passed"),
      ]).flat(),
    }),
  );

  it.each([
    ["R1 R3 L4 R5", "4+3 |"],
    ["L4 R1 R3 R5", "4+3 |"],
    ["R1 L4 R4", "4+4 |"],
    ["R1 L4", "| 4+1"],
    ["R1 L9 R10", "9+- |"],
    ["R1 L9 R10", "|", { keep: "inner" }],
    ["R1 L4 r5", "4+1 |"],
    ["R1 L4 Ri L5", "4+1 5+1 |"],
    ["R1 L4 Lg", "4+1 |"],
    ["L4 L30 L66", "4+- | 30+- 66+-"],
    ["L4 L30 L66", "4+- 30+- | 66+-", { wait: "30s" }],
    ["L5 L4 R5 R4 R7 L7", "4+4 5+5 | 7+7", { lateness: "2s" }],
    ["L1 R9 R8", "1+- |"],
  ])("latest of %s is %s %j", (input, expected, options: object = {}) => expect(pairs(input, options)).toBe(expected));

  it.each([
    ["R1 L4 R5", "4+5 |"],
    ["R1 L4 R7", "4+1 |"],
    ["R1 L4 r6 R7", "4+1 |"],
    ["R1 L4 r6", "| 4+1"],
    ["R1 L4 r6 R6.5", "4+6.5 |"],
    ["L4 R4", "4+4 |"],
    ["L4 R9", "4+9 |"],
    ["L4 R9.5", "4+- |"],
    ["L4 r9 R9", "4+9 |"],
  ])("nearest of %s is %s", (input, expected) => expect(pairs(input, { match: "nearest" })).toBe(expected));

  it("puts aside what has no partner and what comes too late, with how late it is", () => {
    const [early, behind] = ["L1 R5 L5 L4 R3 r9", "L4"].map((input) => run(open({ within: "1s" }), elementsOf(input)));
    expect(early!.sides.map(({ name }) => name)).toEqual(["unmatched", "late", "late"]);
    expect(early!.sides.map(({ record }) => record.eventTime)).toEqual([1000, 4000, 3000]);
    expect(early!.sides[2]!.record.value as Late).toMatchObject({ lateBy: 2000, window: { start: 2000, end: 4001 } });
    expect(behind!.sides.map(({ name }) => name)).toEqual(["unmatched"]);
  });

  it("pairs by the book, in order of time, however the inputs interleave", () => {
    const side = fc.array(fc.tuple(fc.integer({ min: 0, max: 60 }), fc.double({ min: 0, max: 2, noNaN: true })), {
      maxLength: 40,
    });
    const options = fc.record({
      match: fc.constantFrom("latest", "nearest"),
      within: fc.constantFrom("0s", "1s", "3s"),
      lateness: fc.constantFrom("0s", "2s"),
      keep: fc.constantFrom("inner", "left"),
    });
    fc.assert(
      fc.property(side, side, options, fc.infiniteStream(fc.boolean()), (first, second, given, turns) => {
        const [lefts, rights] = [arrivals("left", "a", first), arrivals("right", "b", second)];
        const mixed: StreamRecord<Reading>[] = [];
        for (let l = 0, r = 0; l + r < lefts.length + rights.length;) {
          const left = r === rights.length || (l < lefts.length && turns.next().value);
          mixed.push(left ? lefts[l++]! : rights[r++]!);
        }
        const joined = run(open(given), mixed);
        expect(joined.poison).toEqual([]);
        const late = new Set(joined.sides.map(({ record }) => (record.value as Partial<Late>).record));
        const inTime = (list: readonly StreamRecord<Reading>[]) => list.filter((record) => !late.has(record));
        const expected = byTheBook(inTime(lefts), inTime(rights), parse(given));
        expect(joined.main.map(({ value }) => value)).toEqual(expected);
        const blocks = run(open(given), [...rights, ...lefts]);
        expect([plain(blocks.main), new Set(blocks.sides)]).toEqual([plain(joined.main), new Set(joined.sides)]);
      }),
      { numRuns: 500 },
    );
  });

  it("adds numbers to features and predictions, by names that are known before it runs", () => {
    const names = ["x", "c_b"];
    const value = { kind: "features", names, values: Float64Array.of(1, 2), evidence: {} };
    const score = { kind: "prediction", fields: { score: 1 }, evidence: {} };
    const partner = { b: true, d: "text" };
    const of = (left: object, right = partner) => {
      const elements = [makers[1].at("p", 0, right), makers[0].at("p", 0, left)];
      return plain(run(open({ fields: ["b", "d"], prefix: "c_", keep: "left" }), elements).main[0]!.value);
    };
    expect(of(value)).toEqual({ kind: "features", names: ["x", "c_b", "c_d"], values: [1, 1, "NaN"], evidence: {} });
    expect(of(score)).toEqual({ kind: "prediction", fields: { score: 1, c_b: 1 }, evidence: {} });
    expect(of({ a: 1 })).toEqual({ a: 1, c_b: true, c_d: "text" });
    const emits = (...inputs: Parameters<typeof join.emits>[0]) => join.emits(inputs, parse({ prefix: "c_" }));
    expect(emits(features(names), reading)).toEqual(features(names));
    expect(emits(features(["x"]), features(["b"]))).toEqual(features(["x", "c_b"]));
    expect(emits(prediction, reading)).toEqual(prediction);
    expect(() => emits(reading)).toThrow("it joins two inputs, and reads 1; write from: [first, second]");
    expect(() => emits(reading, features(["bb"]))).toThrow('there is no feature "b"');
  });

  it("holds so many records and no more, and lets go of a key that went away", () => {
    const operator = open({ records: 3 });
    const { poison } = run(operator, elementsOf("L1 L1 L1 L1 R1 R1 R1 R1"), false);
    expect(poison.map(({ element }) => byStream(element))).toEqual([0, 1]);
    expect((poison[0]!.cause as Error).message).toContain('3 records of "p" are held, which is the limit');
    expect(operator.keys!()).toBe(1);
    expect(operator.watermark!()).toEqual({ time: 1000, heldBy: "p" });
    run(operator, elementsOf("Lg"), false);
    expect(operator.keys!()).toBe(1);
    run(operator, elementsOf("Rg"), false);
    expect(operator.keys!()).toBe(0);
  });

  it("keeps of the second input what may still find a partner", () => {
    const operator = open({ within: "1s", wait: "10s" });
    const rights = Array.from({ length: 5000 }, (_, i) => `R${i}`).join(" ");
    run(operator, elementsOf(`L0 ${rights}`), false);
    const [[, pair]] = [...operator.state!.pairs!] as [[string, { rights: object[] }]];
    expect(pair.rights.length).toBeLessThan(100);
  });

  it.each([
    [{ fields: [] }, "name at least one field"],
    [{ fields: ["b", "b"] }, "name each field once"],
    [{ within: "near" }, "write a whole number and a unit"],
    [{ match: "first" }, "write latest or nearest"],
    [{ keep: "outer" }, "write inner or left"],
    [{ prefix: "a b" }, "write letters, digits and _"],
  ])("refuses %j", (options, message) =>
    expect(
      join.options.safeParse({ fields: ["b"], within: "5s", ...options }).error!.issues[0]!.message, //
    ).toContain(message),
  );
});

/** Records in the order in which they arrive, each so many seconds after its time. */
function arrivals(stream: string, field: string, list: readonly (readonly [number, number])[]) {
  const maker = new RecordMaker(stream);
  return list
    .map(([time, delay]) => ({ time: time / 4, arrives: time / 4 + delay }))
    .sort((x, y) => x.arrives - y.arrives)
    .map(({ time }, i) => maker.at<Reading>("p", time, { [field]: i }));
}

function byTheBook(
  lefts: readonly StreamRecord<Reading>[],
  rights: readonly StreamRecord<Reading>[],
  { within, match, keep }: ReturnType<typeof parse>,
): Reading[] {
  const inTime = (list: readonly StreamRecord<Reading>[]) => [...list].sort((x, y) => x.eventTime - y.eventTime);
  return inTime(lefts).flatMap(({ eventTime, value }) => {
    const near = inTime(rights)
      .map((right) => ({ right, away: eventTime - right.eventTime }))
      .filter(({ away }) => Math.abs(away) <= within && (match === "nearest" || away >= 0))
      .sort((x, y) => Math.abs(x.away) - Math.abs(y.away));
    if (near.length > 0) return [{ ...value, ...near[0]!.right.value }];
    return keep === "left" ? [value] : [];
  });
}
