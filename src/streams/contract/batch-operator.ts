import { expect, it } from "@jest/globals";
import type { BatchOperator, OperatorDefinition } from "../component/definition.js";
import { PoisonRecordError } from "../component/errors.js";
import type { StreamRecord } from "../record/record.js";
import { plain } from "./records.js";

export interface BatchOperatorSubject {
  readonly definition: OperatorDefinition;
  readonly open: () => Promise<BatchOperator<any, any>>;
  /** At least two keys interleaved; something comes of at least one of them. */
  readonly records: readonly StreamRecord<any>[];
}

/** What every batch operator does, whatever it computes. */
export function batchOperatorContract({ definition, open, records }: BatchOperatorSubject): void {
  it.each(definition.examples.map((example) => [JSON.stringify(example), example] as const))(
    "takes its example %s",
    (_, example) => expect(() => definition.options.parse(example)).not.toThrow(),
  );

  it("asks for batches of at least one record, and lets the first wait no longer than a second", async () => {
    const { batch } = await open();
    expect(batch.size).toBeGreaterThanOrEqual(1);
    expect(batch.wait).toBeGreaterThanOrEqual(0);
    expect(batch.wait).toBeLessThanOrEqual(1000);
  });

  it("gives out nothing for an empty batch", async () => {
    expect(await (await open()).processBatch([])).toEqual([]);
  });

  it("gives one outcome a record, in their order, each with key and position of its own record", async () => {
    expect(new Set(records.map(({ key }) => key)).size).toBeGreaterThan(1);
    const outcomes = await (await open()).processBatch(records);
    expect(outcomes).toHaveLength(records.length);
    const made = outcomes.flatMap((outcome, i) =>
      outcome === null || outcome instanceof PoisonRecordError ? [] : [[outcome, records[i]!] as const],
    );
    expect(made.length).toBeGreaterThan(0);
    for (const [{ key, position, eventTime }, given] of made)
      expect({ key, position, eventTime }).toEqual({
        key: given.key,
        position: given.position,
        eventTime: given.eventTime,
      });
  });

  it("says of a record the same whatever shares its batch", async () => {
    const operator = await open();
    const together = plain(await operator.processBatch(records));
    const alone = [];
    for (const record of records) alone.push(...(await operator.processBatch([record])));
    expect(plain(alone)).toEqual(together);
    const reversed = await operator.processBatch([...records].reverse());
    expect(plain([...reversed].reverse())).toEqual(together);
  });

  it("does not change the records that it is given", async () => {
    const before = plain(records);
    await (await open()).processBatch(records);
    expect(plain(records)).toEqual(before);
  });

  it("goes on after a poison record", async () => {
    const operator = await open();
    const poison = { ...records[0]!, value: Object.create(null) as object };
    // The runtime makes dead letters of the batch where it throws.
    await Promise.resolve()
      .then(() => operator.processBatch([poison, ...records]))
      .catch(() => undefined);
    expect(plain(await operator.processBatch(records))).toEqual(plain(await (await open()).processBatch(records)));
  });
}
