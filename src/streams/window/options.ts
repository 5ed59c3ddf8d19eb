import { z } from "zod";
import { duration, positiveDuration } from "../component/fields.js";
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
  late: z
    .enum(["side", "drop", "amend"], { error: "write side, drop or amend" })
    .default("side")
    .meta({
      description:
        "What becomes of records whose windows are closed. side: a stream of its own, `node.late`. drop: counted only. " +
        "amend: the window is given out again with its `revision`, and what is too late even for that goes to `node.late`.",
    }),
  amend_for: positiveDuration.optional().meta({
    description: "With late: amend, how long a closed window is kept to be corrected, in event time. By itself 1m.",
  }),
  ...capacity,
  records: z
    .int()
    .min(1)
    .default(100_000)
    .meta({ description: "So many records of a key its windows hold; what comes beyond is a dead letter." }),
};

const AMEND_FOR = 60_000;

type Policy = { readonly late: "side" | "drop" | "amend"; readonly amend_for?: number | undefined };

/** How long closed windows are kept for late records, ms. */
export function amendment({ late: policy, amend_for = AMEND_FOR }: Policy): number {
  return policy === "amend" ? amend_for : 0;
}

/** Refuses what would have no effect. */
export function checkPolicy({ late: policy, amend_for }: Policy, context: z.core.$RefinementCtx): void {
  if (amend_for === undefined || policy === "amend") return;
  context.addIssue({ code: "custom", path: ["amend_for"], message: "goes with late: amend; write that too, or leave it out" }); // prettier-ignore
}

/** The stream beside the windows: none where late records are dropped, so that nobody waits for them. */
export function lateSide({ late: policy }: Policy): Readonly<Record<string, RecordType>> {
  return policy === "drop" ? {} : { late };
}
