import { z } from "zod";
import { historyStore, type HistoryRow } from "../../connections/history/store.js";
import type { Context } from "../../streams/component/context.js";
import { defineSink } from "../../streams/component/define.js";
import type { Sink } from "../../streams/component/definition.js";
import { messageOf, PartialWriteError } from "../../streams/component/errors.js";
import { duration } from "../../streams/component/fields.js";
import type { StreamRecord } from "../../streams/record/record.js";
import { rowOf, type Storable } from "./rows.js";

/** Old rows are looked for so often, in ms, once there are none left to remove. */
const TRIM_EVERY = 60_000;
/** The times that a JavaScript date can name. */
const LATEST = 8.64e15;

const Options = z
  .strictObject({
    keep: duration.prefault("7d").meta({
      description:
        "How long rows are kept, back from the newest of their printer by event time; 0s keeps them for ever. " +
        "All of a printer that has sent nothing for so long goes too.",
    }),
    batch: z
      .strictObject({
        size: z.int().min(1).max(10_000).default(1000).meta({ description: "A write takes at most so many rows." }),
        wait: duration.prefault("250ms").meta({ description: "The first row of a write waits at most so long." }),
      })
      .prefault({})
      .meta({ description: "How rows are gathered into one transaction." }),
    limit: z
      .int()
      .min(1)
      .default(100_000)
      .meta({ description: "So many rows wait while the disk is full; then the oldest are let go." }),
  })
  .refine(({ batch, limit }) => limit >= batch.size, {
    path: ["limit"],
    error: "the limit is below the size of one batch; raise limit or lower batch.size",
  });
type Options = z.output<typeof Options>;

/**
 * Stores what was measured, predicted, decided and done in a file under STATE_DIR, for the pages and commands that look
 * back. A record written again takes its own place. While the disk is full up to `limit` records wait, then the oldest
 * are let go: feedback goes on. Not for analysis over years or farms: that is what InfluxDB is for.
 */
export const history = defineSink({
  type: "history",
  summary: "Stores readings, predictions, adjustments and verdicts on this machine.",
  options: Options,
  examples: [{}, { keep: "30d" }, { keep: "0s", batch: { size: 5000, wait: "1s" } }],
  accepts: ["reading", "prediction", "adjustment", "verdict"],
  reaches: "files",
  needs: [historyStore],
  buffer: ({ batch, limit }) => ({ ...batch, limit, overflow: "drop-oldest" }),
  open: openSink,
});

function openSink({ keep }: Options, context: Context): Sink<Storable> {
  const { clock, log } = context;
  const store = context.resource(historyStore);
  let trimAt = -Infinity;

  function trim(written: number): void {
    if (keep === 0 || clock.now() < trimAt) return;
    try {
      // Faster than rows come in, and still a small part of a second.
      const { done } = store.trim(keep, 1000 + 2 * written);
      if (done) trimAt = clock.now() + TRIM_EVERY;
    } catch (cause) {
      // The rows of this write are stored: that it cannot be tidied now is no reason to write them again.
      trimAt = clock.now() + TRIM_EVERY;
      log.warn("old history not removed, trying again later", { reason: messageOf(cause) });
    }
  }

  return {
    // eslint-disable-next-line @typescript-eslint/require-await -- the store blocks; as a promise its errors are rejections
    async write(batch: readonly StreamRecord<Storable>[]) {
      const rows: HistoryRow[] = [];
      const refused = new Map<number, string>();
      batch.forEach((record, i) => {
        if (Math.abs(record.eventTime) <= LATEST) rows.push(rowOf(record));
        else refused.set(i, `its time ${record.eventTime} is no time`);
      });
      store.write(rows);
      trim(rows.length);
      if (refused.size > 0) throw new PartialWriteError(refused);
      return undefined;
    },
    sync: () => store.sync(),
  };
}
