import { z } from "zod";
import { duration, positiveDuration, topicName } from "../../streams/component/fields.js";
import type { Command } from "../../streams/record/values.js";

/** What a printer can be told, whoever tells it. */
export const command = z.strictObject({
  speed: z.number().exactOptional().meta({ description: "Percent of the commanded speed." }),
  nozzle_temp: z.number().exactOptional().meta({ description: "°C" }),
  bed_temp: z.number().exactOptional().meta({ description: "°C" }),
  fan: z.number().exactOptional().meta({ description: "Part fan, percent." }),
  flow: z.number().exactOptional().meta({ description: "Percent of the commanded flow." }),
  pause: z.literal(true).exactOptional().meta({ description: "Pauses the print; a human resumes it." }),
});

const range = z
  .tuple([z.number(), z.number()])
  .refine(([low, high]) => low <= high, { error: "write the lower bound first: [50, 120]" });

/** What an ordinary printer takes without harm in the middle of a print. */
const bounds = z.strictObject({
  speed: range.default([50, 120]),
  nozzle_temp: range.default([170, 260]),
  bed_temp: range.default([0, 110]),
  fan: range.default([0, 100]),
  flow: range.default([90, 110]),
});

/** The parts of a command that are lower or higher than they may be. */
export function outOfBounds(
  parts: Command,
  bounds: z.output<typeof Fields>["bounds"],
): { readonly name: string; readonly message: string }[] {
  return (["speed", "nozzle_temp", "bed_temp", "fan", "flow"] as const).flatMap((name) => {
    const value = parts[name];
    const [low, high] = bounds[name];
    if (value === undefined || (value >= low && value <= high)) return [];
    return [{ name, message: `${name} ${value} is outside of its bounds [${low}, ${high}]` }];
  });
}

/** Percentages go back to what the job commanded; a temperature that the job wanted is not known here. */
export function restoring({ adjust, restore }: Pick<z.output<typeof Fields>, "adjust" | "restore">): Command {
  if (restore) return restore;
  return {
    ...(adjust.speed !== undefined && { speed: 100 }),
    ...(adjust.flow !== undefined && { flow: 100 }),
  };
}

const Fields = z.strictObject({
  topic: topicName
    .default("printer/control/{key}")
    .meta({ description: "Where adjustments are published; {key} stands for the printer id." }),
  adjust: command
    .refine((parts) => Object.keys(parts).length > 0, { error: "write at least one thing to change: speed: 50" })
    .meta({ description: "What a printer is told when an episode begins." }),
  restore: command.omit({ pause: true }).optional().meta({
    description: "What it is told when the last episode ends. By itself: speed and flow back to 100. {}: nothing.",
  }),
  bounds: bounds.prefault({}).meta({ description: "What adjust and restore may hold, lowest and highest." }),
  cooldown: duration
    .prefault("10s")
    .meta({ description: "So long a printer is left alone after an adjustment, in event time." }),
  limit: z
    .strictObject({ count: z.int().min(1).max(1000), per: positiveDuration })
    .prefault({ count: 12, per: "10m" })
    .meta({ description: "At most so many adjustments of one printer in so much event time." }),
  expires: positiveDuration.prefault("30s").meta({ description: "How long a printer may still obey a message." }),
  fresh: positiveDuration.prefault("1m").meta({
    description: "An older verdict adjusts nothing. One older than a day does: then the printer's clock is wrong.",
  }),
  mode: z
    .enum(["auto", "advise"])
    .optional()
    .meta({ description: "Overrides CONTROL_MODE: auto publishes, advise records only." }),
});

export const Options = Fields.superRefine((options, context) => {
  const check = (path: "adjust" | "restore", parts: Command, hint: string) => {
    for (const { name, message } of outOfBounds(parts, options.bounds))
      context.addIssue({
        code: "custom",
        path: options[path] ? [path, name] : [path],
        message: `${message}; ${hint}`,
      });
  };
  check("adjust", options.adjust, "change it, or widen bounds where this printer can take it");
  check("restore", restoring(options), "write restore with what ends an episode, or widen bounds");
});
export type Options = z.output<typeof Options>;
