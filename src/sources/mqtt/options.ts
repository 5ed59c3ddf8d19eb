import { z } from "zod";
import { plainFilter } from "../../connections/mqtt/filters.js";
import { duration, positiveDuration, topicFilter } from "../../streams/component/fields.js";

const DEFAULT_LIMIT = 10_000;
const DEFAULT_BYTES = 64 * 1024;
/** The most that MQTT can carry (MQTT 5, section 2.1.4). */
const MOST_BYTES = 268_435_455;

export const Options = z
  .strictObject({
    topics: z
      .array(topicFilter)
      .min(1)
      .meta({ description: "Topic filters to read: + stands for one whole level, # for all that follow." }),
    qos: z.literal([0, 1, 2]).default(1).meta({
      description:
        "1: the broker keeps readings until they are taken in, and may deliver one twice. 0: what comes too fast, or while we are away, is lost. 2 is read as 1.",
    }),
    decode: z.enum(["sensor-reading"]).default("sensor-reading").meta({ description: "What the messages are." }),
    key: z.int().min(1).optional().meta({
      description:
        "The level of the topic that holds the printer id, counted from 1. Default: the first + of the filter; without one, printer_id alone tells.",
    }),
    session: z
      .string()
      .regex(/^[\w.-]+$/, { error: "write letters, digits, - and _" })
      .optional()
      .meta({
        description:
          "Name of the session that the broker keeps for us, the same after a restart. Default: names of pipeline and node. Two instances need two.",
      }),
    durability: z.enum(["os", "fsync", "none"]).default("os").meta({
      description:
        "When a reading is acknowledged: os, once the journal in STATE_DIR has it, which survives the end of this process; fsync, once it is on the disk, which survives a power cut; none: nothing is kept, and a restart begins with nothing.",
    }),
    limit: z.int().min(1).max(1_000_000).default(DEFAULT_LIMIT).meta({
      description: "So many messages may wait here; beyond that the broker keeps them, and QoS 0 is dropped.",
    }),
    max_bytes: z.int().min(1).max(MOST_BYTES).default(DEFAULT_BYTES).meta({
      description: "A larger message is a dead letter.",
    }),
    skew: z
      .strictObject({
        past: positiveDuration.prefault("3650d").meta({ description: "The oldest time that a reading may have." }),
        future: duration.prefault("1d").meta({ description: "How far ahead of our clock a printer's may be." }),
      })
      .prefault({})
      .meta({ description: "How far a reading's time may be from now; beyond that it is a dead letter." }),
    idle: duration.prefault("10s").meta({
      description: "A printer that was silent for so long has its open windows closed. 0s: never.",
    }),
    presence: z.array(topicFilter).default([]).meta({
      description:
        "Topic filters on which printers or their bridges say that they went away, as their last will does: `offline`, `disconnected` or `gone`, bare or as state, status or server of a JSON object. Closes open windows at once.",
    }),
    gone_states: z
      .array(z.string().min(1))
      .default(["offline"])
      .meta({ description: "Values of a reading's own field `state` that say the same." }),
  })
  .superRefine(({ topics, presence, key }, context) => {
    for (const [option, filters] of Object.entries({ topics, presence })) {
      filters.forEach((filter, i) => {
        const levels = plainFilter(filter).split("/");
        const short = key !== undefined && levels.length < key && levels.at(-1) !== "#";
        if (short)
          context.addIssue({
            code: "custom",
            path: [option, i],
            message: `it has no level ${key}, where key looks for the id`,
          });
        else if (option === "presence" && key === undefined && !levels.includes("+"))
          context.addIssue({ code: "custom", path: [option, i], message: "write + where the printer id stands" });
      });
    }
  });
export type Options = z.output<typeof Options>;
