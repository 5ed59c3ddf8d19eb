import { ConfigError } from "../streams/component/errors.js";
import { parseTimestamp } from "../streams/record/timestamp.js";

/** The time that an option of the command line gives, ms since the epoch. */
export function timeOf(option: string, text: string): number {
  const time = parseTimestamp(text);
  if (Number.isNaN(time))
    throw new ConfigError(`${option} "${text}" is no time: write 2026-01-31T12:00:00Z or epoch seconds`);
  return time;
}
