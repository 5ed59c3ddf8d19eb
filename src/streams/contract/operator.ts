import { expect, it } from "@jest/globals";
import type { OperatorDefinition, RecordOperator, BatchOperator } from "../component/definition.js";
import type { RecordType } from "../record/record-type.js";
import type { Batch, Element } from "../record/record.js";
import { isMark } from "../record/record.js";
import { contextFor } from "./context.js";
import { feed, plain } from "./records.js";
import { cutState, restoreState } from "./state.js";

export interface OperatorSubject {
  readonly definition: OperatorDefinition;
  /** Options as a pipeline file has them, without `type` and `from`. */
  readonly options: object;
  readonly inputs?: readonly RecordType[];
  /** At least two keys interleaved, enough records that something comes out. */
  readonly elements: Batch<any>;
  readonly context?: Parameters<typeof contextFor>[0];
  /** Which input an element comes by, where there are several. */
  readonly input?: (element: Element) => number;
}

/** What every record operator does, whatever it computes. */
export function operatorContract(subject: OperatorSubject): void {
  const { definition, elements, input = 0 } = subject;
  const open = async (options: object = subject.options): Promise<RecordOperator<any, any>> => {
    const context = contextFor({ ...subject.context, ...(subject.inputs && { inputs: subject.inputs }) });
    const operator = (await definition.open(definition.options.parse(options), context)) as
      RecordOperator<any, any> | BatchOperator<any, any>;
    if (!("process" in operator)) throw new Error("operatorContract is for record operators");
    return operator;
  };
  const keys = [...new Set(elements.map((element) => element.key))];

  it.each(definition.examples.map((example) => [JSON.stringify(example), example] as const))(
    "takes its example %s",
    (_, example) => expect(() => definition.options.parse(example)).not.toThrow(),
  );

  it("gives out nothing for an empty stream", async () => {
    expect(feed(await open(), []).main).toEqual([]);
  });

  it("gives the same output for the same input", async () => {
    expect(plain(feed(await open(), elements, { input }))).toEqual(plain(feed(await open(), elements, { input })));
  });

  it("treats each key as if it were alone", async () => {
    expect(keys.length).toBeGreaterThan(1);
    const together = feed(await open(), elements, { input }).main;
    for (const key of keys) {
      const alone = feed(
        await open(),
        elements.filter((element) => element.key === key),
        { input },
      ).main;
      expect(plain(together.filter((record) => record.key === key))).toEqual(plain(alone));
    }
  });

  it("gives every record the key and a position of its input", async () => {
    const streams = new Set(elements.map((element) => element.position.stream));
    for (const record of feed(await open(), elements, { input }).main) {
      expect(keys).toContain(record.key);
      expect(streams).toContain(record.position.stream);
    }
  });

  it("does not change the records that it is given", async () => {
    const before = plain(elements);
    feed(await open(), elements, { input });
    expect(plain(elements)).toEqual(before);
  });

  it("goes on after a poison record", async () => {
    const first = elements.find((element) => !isMark(element))!;
    const poison = { ...first, value: Object.create(null) as object };
    const operator = await open();
    expect(() => feed(operator, [poison, ...elements], { input })).not.toThrow();
  });

  if (!definition.stateful) {
    it("has nothing that a restart could lose: what it makes of a record depends on that record alone", async () => {
      const whole = feed(await open(), elements, { flush: false, input }).main;
      const apart = [];
      for (const element of elements) apart.push(...feed(await open(), [element], { flush: false, input }).main);
      expect(plain(apart)).toEqual(plain(whole));
      expect((await open()).state).toBeUndefined();
    });
    return;
  }

  const { length } = elements;
  // Where a key ends, state changes by other ways than with a record.
  const end = elements.findIndex((element) => isMark(element) && element.cause !== "passed");
  const cuts = [...new Set([1, Math.floor(length / 3), Math.floor(length / 2), end < 0 ? 1 : end, length])];
  it.each(cuts)("continues from a cut behind %i elements as if it had never stopped", async (cut) => {
    const before = await open();
    const head = feed(before, elements.slice(0, cut), { flush: false, input });
    const pull = cutState(before);
    feed(before, elements.slice(cut), { input });
    const after = await open();
    await restoreState(after, pull());
    const tail = feed(after, elements.slice(cut), { input });
    const whole = feed(await open(), elements, { input });
    expect(plain([...head.main, ...tail.main])).toEqual(plain(whole.main));
    expect(plain([...head.sides, ...tail.sides])).toEqual(plain(whole.sides));
  });

  it.each(cuts)("saves the same behind %i elements whatever comes before it is pulled", async (cut) => {
    const [atOnce, later] = [await open(), await open()];
    for (const operator of [atOnce, later]) feed(operator, elements.slice(0, cut), { flush: false, input });
    const pull = cutState(later);
    feed(later, elements.slice(cut), { input });
    expect(pull()).toEqual(cutState(atOnce)());
  });

  it("saves in a restored node what it was restored from", async () => {
    const [before, after] = [await open(), await open()];
    feed(before, elements, { flush: false, input });
    const saved = cutState(before)();
    await restoreState(after, saved);
    expect(cutState(after)()).toEqual(saved);
  });

  it("says what of its options its state depends on, in a form that a file can hold", () => {
    for (const example of definition.examples) {
      const of = definition.stateOf!(definition.options.parse(example));
      expect(JSON.parse(JSON.stringify(of))).toEqual(of);
    }
  });
}
