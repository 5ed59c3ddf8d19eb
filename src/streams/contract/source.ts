import { expect, it } from "@jest/globals";
import type { Source, SourceDefinition } from "../component/definition.js";
import type { Batch, Element } from "../record/record.js";

export interface SourceSubject {
  readonly definition: SourceDefinition;
  /** A source that has at least `count` records to give; `emit` is called once it is being read. */
  readonly open: () => Promise<Source<any>> | Source<any>;
  readonly emit?: () => Promise<void> | void;
  readonly count: number;
}

/** What a source gives, without the ends of epochs that one which reads a journal tells of. */
export async function* batchesOf<V>(source: Source<V>, stop: AbortSignal): AsyncGenerator<Batch<V>, void> {
  for await (const given of source.read(stop)) if (!("epoch" in given)) yield given;
}

/** Reads so many elements, then stops the source and waits for its end. */
export async function take(
  source: Source<any>,
  count: number,
  started?: () => Promise<void> | void,
): Promise<Element[]> {
  const stop = new AbortController();
  const taken: Element[] = [];
  const batches = batchesOf(source, stop.signal);
  let next = batches.next();
  await started?.();
  while (taken.length < count) {
    const { done, value } = await next;
    if (done) break;
    taken.push(...value);
    next = batches.next();
  }
  stop.abort();
  for (let rest = await next; !rest.done; rest = await batches.next()) taken.push(...rest.value);
  await source.close?.();
  return taken;
}

/** What every source does, wherever it reads. */
export function sourceContract(subject: SourceSubject): void {
  const { definition } = subject;

  it.each(definition.examples.map((example) => [JSON.stringify(example), example] as const))(
    "takes its example %s",
    (_, example) => expect(() => definition.options.parse(example)).not.toThrow(),
  );

  it("gives dense offsets within each partition, and a key always the same partition", async () => {
    const elements = await take(await subject.open(), subject.count, subject.emit);
    expect(elements.length).toBeGreaterThanOrEqual(subject.count);
    const next = new Map<number, number>();
    const partitions = new Map<string, number>();
    for (const { key, position } of elements) {
      expect(position.offset).toBe(next.get(position.partition) ?? 0);
      next.set(position.partition, position.offset + 1);
      expect(partitions.get(key) ?? position.partition).toBe(position.partition);
      partitions.set(key, position.partition);
    }
  });

  it("ends when told to stop before the first record", async () => {
    const source = await subject.open();
    const stop = new AbortController();
    stop.abort();
    for await (const batch of batchesOf(source, stop.signal)) expect(batch.length).toBeGreaterThan(0);
    await source.close?.();
  });
}
