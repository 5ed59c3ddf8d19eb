import { expect, it } from "@jest/globals";
import { type AnySink, isLineSink, type SinkDefinition } from "../component/definition.js";
import type { StreamRecord } from "../record/record.js";
import { cutState, restoreState } from "./state.js";

export interface SinkSubject {
  readonly definition: SinkDefinition;
  /** A sink on an empty target. */
  readonly open: () => Promise<AnySink> | AnySink;
  /** For a sink with state of no key: one on the target as an earlier one left it. */
  readonly reopen?: () => Promise<AnySink> | AnySink;
  /** Records of one key in order. */
  readonly records: readonly StreamRecord[];
  /** What the target holds now, one entry a record, in order; called after `close`. */
  readonly written: () => Promise<readonly unknown[]> | readonly unknown[];
  /** False where a repeated write is seen twice (a console); its docs must then say so. */
  readonly repeatable?: boolean;
}

/** Writes records the way the runtime does. Throws where a line can never be written. */
export async function writeTo(sink: AnySink, records: readonly StreamRecord[]): Promise<void> {
  if (!isLineSink(sink)) await sink.write(records);
  else await sink.writeLines(records.flatMap((record) => sink.line(record) ?? []).join("\n"));
}

/** What every sink does, wherever it writes. Each case opens the sink anew on an empty target. */
export function sinkContract(subject: SinkSubject): void {
  const { definition, records, written } = subject;

  it.each(definition.examples.map((example) => [JSON.stringify(example), example] as const))(
    "takes its example %s",
    (_, example) => {
      const options: unknown = definition.options.parse(example);
      const { size, limit } = definition.buffer(options);
      expect(limit).toBeGreaterThanOrEqual(size);
    },
  );

  it("starts and stops without a record", async () => {
    const sink = await subject.open();
    await sink.close?.();
    expect(await written()).toHaveLength(0);
  });

  it("holds every record once its write has resolved and it was closed", async () => {
    const sink = await subject.open();
    await writeTo(sink, records);
    await sink.close?.();
    expect(await written()).toHaveLength(records.length);
  });

  it("keeps the order, over batches", async () => {
    const whole = await subject.open();
    await writeTo(whole, records);
    await whole.close?.();
    const expected = await written();
    const split = await subject.open();
    for (const record of records) await writeTo(split, [record]);
    await split.close?.();
    expect(await written()).toEqual(expected);
  });

  const { repeatable = true } = subject;
  it(repeatable ? "may be given the same batch again" : "shows a batch twice that it is given again", async () => {
    const sink = await subject.open();
    await writeTo(sink, records);
    await writeTo(sink, records);
    await sink.close?.();
    expect(await written()).toHaveLength(repeatable ? records.length : 2 * records.length);
  });

  it("goes on from any cut as if it had never stopped, where it has state", async () => {
    const probe = await subject.open();
    await probe.close?.();
    for (let cut = 1; probe.state && cut < records.length; cut++) {
      const [head, tail] = [records.slice(0, cut), records.slice(cut)];
      const short = await subject.open();
      await writeTo(short, head);
      const atOnce = cutState(short)();
      await short.close?.();
      const before = (await written()).length;

      const whole = await subject.open();
      await writeTo(whole, head);
      const pull = cutState(whole);
      await writeTo(whole, tail);
      const saved = pull();
      await whole.close?.();
      const expected = (await written()).slice(before);
      expect(saved).toEqual(atOnce);

      const after = await subject.open();
      await restoreState(after, saved);
      await writeTo(after, tail);
      await after.close?.();
      expect(await written()).toEqual(expected);
    }
  });

  const { reopen } = subject;
  if (!reopen) return;
  it("goes on with the target of one that crashed from any cut, each record once", async () => {
    const whole = await subject.open();
    await writeTo(whole, records);
    await whole.close?.();
    const expected = await written();
    for (let cut = 0; cut <= records.length; cut++)
      for (let end = cut; end <= records.length; end++) {
        const before = await subject.open();
        await writeTo(before, records.slice(0, cut));
        const pull = cutState(before);
        await writeTo(before, records.slice(cut, end));
        const after = await reopen();
        await restoreState(after, pull());
        await writeTo(after, records.slice(cut));
        await after.close?.();
        expect(await written()).toEqual(expected);
        await before.close?.();
      }
  });
}
