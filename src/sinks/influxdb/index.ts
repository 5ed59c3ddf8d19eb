import { z } from "zod";
import { influxDatabase, type InfluxDatabase } from "../../connections/influxdb/database.js";
import { defineLineSink } from "../../streams/component/define.js";
import type { LineSink } from "../../streams/component/definition.js";
import { PoisonRecordError } from "../../streams/component/errors.js";
import { duration, fieldName, spoolSize } from "../../streams/component/fields.js";
import { fitsNanoseconds } from "./nanoseconds.js";
import { rowWriter, type RowOptions, type Storable } from "./rows.js";

const Options = z
  .strictObject({
    prefix: fieldName.default("printer").meta({
      description: "What the names of the measurements begin with: printer_sensor, printer_prediction, …",
    }),
    tags: z
      .record(
        fieldName.refine((name) => name !== "printer_id", { error: "printer_id is the record's key and set already" }),
        z.string().min(1),
      )
      .default({})
      .meta({
        description:
          "Tags that every row gets besides its own. Gives two nodes that write the same kind of record for the same " +
          "printer rows of their own, as with one model behind two windows.",
      }),
    batch: z
      .strictObject({
        size: z.int().min(1).max(50_000).default(5000).meta({ description: "A write takes at most so many rows." }),
        wait: duration.prefault("250ms").meta({ description: "The first row of a write waits at most so long." }),
      })
      .prefault({})
      .meta({ description: "How rows are gathered into one request." }),
    spool: spoolSize.prefault("4 GiB").meta({
      description:
        "While the database is away or slow, rows beyond some 20,000 wait on disk, in STATE_DIR, up to so much; there they " +
        "survive a restart. 0: all wait in memory.",
    }),
    limit: z.int().min(1).default(500_000).meta({
      description: "So many rows wait in memory: without a spool, or where its disk takes no more.",
    }),
    overflow: z
      .enum(["drop-oldest", "block"])
      .default("drop-oldest")
      .meta({ description: "Beyond spool and limit the oldest rows are let go, or the sources wait." }),
  })
  .refine(({ batch, limit }) => limit >= batch.size, {
    path: ["limit"],
    error: "the limit is below the size of one batch; raise limit or lower batch.size",
  });

/**
 * Writes rows to InfluxDB, or any server that takes line protocol over `/api/v2/write`. Rows are idempotent: a record
 * written again is the same point. While the database is away they wait on disk, up to `spool`, in the order in which they
 * came, and the next run goes on with what this one could not write. A row that the database refuses for good is a dead letter, and the rest of its batch is written. A reading in which nothing was measured has no row.
 */
export const influxdb = defineLineSink({
  type: "influxdb",
  summary: "Writes readings, predictions, adjustments and verdicts to InfluxDB.",
  options: Options,
  examples: [
    {},
    { prefix: "farm", tags: { site: "berlin" } },
    { batch: { size: 1000, wait: "1s" }, overflow: "block" },
  ],
  accepts: ["reading", "prediction", "adjustment", "verdict"],
  reaches: "network",
  needs: [influxDatabase],
  buffer: ({ batch, limit, overflow, spool }) => ({ ...batch, limit, overflow, spool }),
  open: (options, context) => openSink(options, context.resource(influxDatabase)),
});

function openSink(options: RowOptions, database: InfluxDatabase): LineSink<Storable> {
  const rowOf = rowWriter(options);
  return {
    line(record) {
      if (fitsNanoseconds(record.eventTime)) return rowOf(record);
      throw new PoisonRecordError(`its time ${record.eventTime} is not between 1677 and 2262`);
    },
    writeLines: (lines) => database.write(lines),
  };
}
