import type { Context } from "../../streams/component/context.js";
import type { Sink } from "../../streams/component/definition.js";
import type { StreamRecord } from "../../streams/record/record.js";
import type { Adjustment, Verdict } from "../../streams/record/values.js";
import { type Answer, Answerer, type Outlet } from "./answerer.js";
import { commandId } from "./message.js";
import type { Options } from "./options.js";

/** Answers verdicts with adjustments. Memory changes after an answer has gone out, so a failed one can be tried again. */
export function answering(options: Options, context: Context, outlet: Outlet): Sink<Verdict, Adjustment> {
  const answerer = new Answerer(options, context, outlet);
  /** To the verdicts of the last batch: where a connection broke it comes again, and what was answered moves nothing. */
  const answers = new Map<string, Answer>();
  return {
    async write(batch) {
      const verdicts = batch.map((record) => {
        const id = commandId(context.node, record);
        return { record, id, name: `${id}@${record.eventTime}` };
      });
      const names = new Set(verdicts.map(({ name }) => name));
      for (const name of answers.keys()) if (!names.has(name)) answers.delete(name);
      const answered = await Promise.allSettled(
        inOrderOfKey(verdicts, async ({ record, id, name }) => {
          if (!answers.has(name)) answers.set(name, await answerer.answer(record, id));
        }),
      );
      for (const outcome of answered) if (outcome.status === "rejected") throw outcome.reason;
      return verdicts.flatMap(({ name }) => answers.get(name) ?? []);
    },
    state: answerer.state,
    ownState: answerer.ownState,
  };
}

/**
 * Does something for each: at once for different printers, since each waits for the broker's word, and one after the other
 * for the same. After a failure the rest of that printer fails with it.
 */
function inOrderOfKey<V extends { readonly record: StreamRecord }>(
  verdicts: readonly V[],
  act: (verdict: V) => Promise<void>,
): Promise<void>[] {
  const last = new Map<string, Promise<void>>();
  return verdicts.map((verdict) => {
    const { key } = verdict.record;
    const before = last.get(key);
    const done = before ? before.then(() => act(verdict)) : act(verdict);
    last.set(key, done);
    return done;
  });
}
