import { z } from "zod";
import { defineOperator } from "../../streams/component/define.js";
import { fieldName, positiveDuration } from "../../streams/component/fields.js";
import { windowed } from "../../streams/record/record-type.js";
import { MEASURED } from "../../streams/window/measured.js";
import { amendment, checkPolicy, disorder, lateSide } from "../../streams/window/options.js";
import { SessionWindows } from "./session-windows.js";

const Options = z
  .strictObject({
    gap: positiveDuration.optional().meta({
      description: "A session ends where no record of the key follows for so long, in event time.",
    }),
    by: fieldName.optional().meta({
      description: "A session ends where this field changes: layer, job_id, state. A record that lacks it goes along.",
    }),
    max_duration: positiveDuration.prefault("1d").meta({
      description: "A session that lasts so long is given out and the next record begins another.",
    }),
    ...disorder,
    records: z
      .int()
      .min(1)
      .default(100_000)
      .meta({
        description:
          "A session of so many records is given out and the next record begins another. " +
          "As many may wait for the lateness or to be amended; what comes beyond is a dead letter.",
      }),
  })
  .superRefine(checkPolicy)
  .refine(({ gap, by }) => gap !== undefined || by !== undefined, {
    path: ["gap"],
    error: "say where a session ends: gap: 5m after so long without a record, or by: layer where that field changes",
  });

/**
 * Windows that begin and end with what the printer does: a span without long pauses, a layer, a job, a phase. Each key by
 * its own time. A window spans from its oldest record to the millisecond after its newest, has the time of its newest as
 * event time, and says in `by` which layer or job it is. It is given out when the watermark reaches the record that
 * begins the next one, or the end of the gap. For spans of a fixed length there are `tumbling-window` and
 * `sliding-window`.
 *
 * A record behind the watermark still counts where it falls into the open session; otherwise it is late. It amends the
 * closed session between whose first and newest record it lies, so that session keeps its bounds and its place in a
 * database; a late record that would lengthen, join or split sessions goes to `late` instead. A printer that goes silent
 * or away ends its session. Holds in memory the samples of the open session, the lateness and what may be amended for
 * each key, 8 bytes a field and 24 a record.
 */
export const sessionWindow = defineOperator({
  type: "session-window",
  summary: "Groups the records of each key into sessions: until a pause, or until a field changes.",
  options: Options,
  examples: [
    { gap: "5m" },
    { by: "layer", lateness: "2s", late: "amend", amend_for: "5m" },
    { by: "job_id", gap: "30m", max_duration: "2d" },
  ],
  accepts: MEASURED,
  emits: () => windowed,
  sides: (_, options) => lateSide(options),
  stateful: true,
  stateOf: ({ by = null }) => ({ by }),
  ownTime: true,
  open: ({ gap = Infinity, max_duration: longest, ...rest }, context) =>
    new SessionWindows({ ...rest, gap, longest, amend: amendment(rest) }, context),
});
