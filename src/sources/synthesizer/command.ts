import { parseTimestamp } from "../../streams/record/timestamp.js";
import type { Command } from "../../streams/record/values.js";

/** A command, or why there is none. */
export type Heard =
  { readonly command: Command; /** ms since the epoch */ readonly expiresAt: number } | { readonly refused: string };

/** Longer messages are none of ours, and are not looked into. */
const LONGEST = 4096;

const NUMBERS = ["speed", "nozzle_temp", "bed_temp", "fan", "flow"] as const;
const decoder = new TextDecoder();

/**
 * Reads a control message: flat JSON such as `{"speed":50}`. Fields that it does not know are left alone; a known field
 * of a wrong type, or an expiry that cannot be read, refuses the whole message: half a command is worse than none.
 */
export function parseCommand(payload: Uint8Array): Heard {
  if (payload.length > LONGEST) return { refused: `longer than ${LONGEST} bytes` };
  const message = parseObject(decoder.decode(payload));
  if (!message) return { refused: "no JSON object" };
  const command: { -readonly [field in keyof Command]: Command[field] } = {};
  for (const field of NUMBERS) {
    const value = message[field];
    if (value === undefined || value === null) continue;
    if (typeof value !== "number" || !Number.isFinite(value) || value < 0)
      return { refused: `${field} is not a number from 0 up` };
    command[field] = value;
  }
  const { pause, expires_at: expires } = message;
  if (typeof pause === "boolean") command.pause = pause;
  else if (pause !== undefined && pause !== null) return { refused: "pause is neither true nor false" };
  if (Object.keys(command).length === 0) return { refused: "no field that it knows" };
  const expiresAt = expires === undefined || expires === null ? Infinity : parseTimestamp(expires);
  if (Number.isNaN(expiresAt)) return { refused: "expires_at is not a time" };
  return { command, expiresAt };
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
