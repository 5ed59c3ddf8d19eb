import { z } from "zod";
import { duration, fieldName, positiveDuration } from "../../streams/component/fields.js";
import { condition } from "../../streams/expression/field.js";

const limit = z.number({ error: "write a number" });

export const Options = z
  .strictObject({
    field: fieldName.meta({ description: "What is watched. A record that lacks it changes nothing." }),
    above: limit.optional().meta({ description: "An episode begins when the field is greater than this." }),
    below: limit.optional().meta({ description: "An episode begins when the field is less than this." }),
    clear: limit.optional().meta({
      description: "It ends when the field is back at this or beyond on the safe side. By itself the same limit.",
    }),
    margin: limit.min(0, { error: "write 0 or more" }).optional().meta({
      description: "Instead of clear: it ends when the field is back by this much. Follows a limit that is a setting.",
    }),
    hold: duration.prefault("0s").meta({ description: "It begins after the field was over so long, in event time." }),
    for: z
      .int()
      .min(1)
      .default(1)
      .meta({ description: "It begins after so many records in a row were over. With hold, both must be so." }),
    clear_after: duration.prefault("0s").meta({ description: "It ends after the field was back for so long." }),
    while: condition.optional().meta({
      description: "Records for which this does not hold change nothing: a printer that is not printing is not rough.",
    }),
    remind: positiveDuration.optional().meta({
      description: "While an episode lasts and the field is over, it is said again so often. Absent: once an episode.",
    }),
    estimate_after: duration.prefault("1m").meta({
      description: "An estimate of a model counts once no measured value of the printer has come for so long.",
    }),
  })
  .superRefine(({ above, below, clear, margin }, context) => {
    const refuse = (path: string, message: string) => context.addIssue({ code: "custom", path: [path], message });
    if (above === undefined && below === undefined) refuse("above", "write a limit: above or below");
    if (above !== undefined && below !== undefined)
      refuse("below", "write above or below, not both; two thresholds watch both sides");
    if (clear === undefined) return;
    if (margin !== undefined) refuse("margin", "write clear or margin, not both");
    if (above !== undefined && clear > above)
      refuse(
        "clear",
        `an episode that begins above ${above} must end at ${above} or lower; write clear: ${above} or less`,
      );
    if (below !== undefined && clear < below)
      refuse(
        "clear",
        `an episode that begins below ${below} must end at ${below} or higher; write clear: ${below} or more`,
      );
  });
export type Options = z.output<typeof Options>;
