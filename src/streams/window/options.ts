import { z } from "zod";
import { duration } from "../component/fields.js";
import { late, type RecordType } from "../record/record-type.js";
import { DEFAULT_KEY_LIMIT } from "../time/keyed-state.js";

/** How much a window operator may hold. */
export const capacity = {
  keys: z
    .int()
    .min(1)
    .default(DEFAULT_KEY_LIMIT)
    .meta({ description: "For so many keys windows are kept; over it, those of the longest silent keys are let go." }),
};

/** What all windows of event time have in common. */
export const disorder = {
  lateness: duration.prefault("0s").meta({
    description: "How far a record may lie behind the newest one of its key, in event time. A window waits so long.",
  }),
  late: z.enum(["side", "drop"], { error: "write side or drop" }).default("side").meta({
    description: "Records that belong to closed windows alone: a stream of their own (`node.late`), or counted only.",
  }),
  ...capacity,
  records: z
    .int()
    .min(1)
    .default(100_000)
    .meta({ description: "So many records of a key its open windows hold; what comes beyond is a dead letter." }),
};

/** The stream beside the windows: none where late records are dropped, so that nobody waits for them. */
export function lateSide({ late: policy }: { readonly late: "side" | "drop" }): Readonly<Record<string, RecordType>> {
  return policy === "side" ? { late } : {};
}
