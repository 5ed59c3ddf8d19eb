import { createHash } from "node:crypto";
import type { StreamRecord } from "../../streams/record/record.js";
import type { Adjustment, Verdict } from "../../streams/record/values.js";

/** The furthest times that a calendar knows (ECMA-262, time values). */
const LAST_TIME = 8.64e15;

/** The same for the same end of the same episode in every run, so that a reader can tell a repeat from a second command. */
export function commandId(node: string, { key, value }: StreamRecord<Verdict>): string {
  const source = JSON.stringify([node, value.rule, key, value.episode, value.state]);
  return createHash("sha1").update(source).digest("hex").slice(0, 16);
}

/** `roughness 80.0 above 75`, in words a human at the printer understands. */
export function reasonOf({ field, observed, limit, state, estimated }: Verdict): string {
  const what = `${estimated ? "estimated " : ""}${field} ${digits(observed)}`;
  const side = observed > limit ? "above" : observed < limit ? "below" : "at";
  return state === "raised" ? `${what} ${side} ${limit}` : `${what} is back ${side} ${limit}`;
}

function digits(value: number): string {
  return Math.abs(value) >= 10 ? value.toFixed(1) : value.toPrecision(3);
}

/** What a printer is told, in this order: readers of old know only the first. */
const PARTS = [
  "speed",
  "nozzle_temp",
  "bed_temp",
  "fan",
  "flow",
  "pause",
  "command_id",
  "reason",
  "issued_at",
  "expires_at",
] satisfies (keyof Adjustment)[];

/** The message as a printer gets it, flat. */
export function payloadOf(adjustment: Omit<Adjustment, "kind" | "outcome" | "episode" | "evidence">): string {
  return JSON.stringify(adjustment, PARTS);
}

export function timeText(ms: number): string {
  return new Date(Math.max(-LAST_TIME, Math.min(LAST_TIME, ms))).toISOString();
}
