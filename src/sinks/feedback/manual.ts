import { randomUUID } from "node:crypto";
import { fitsLevel } from "../../connections/mqtt/filters.js";
import { ConfigError, messageOf } from "../../streams/component/errors.js";
import type { Command } from "../../streams/record/values.js";
import { payloadOf, timeText } from "./message.js";
import { command, outOfBounds, type Options } from "./options.js";

const REASON = "sent by hand";

/** A control message that a person made, held to the same bounds as those of the sink. */
export interface ManualMessage {
  readonly topic: string;
  readonly payload: string;
}

/**
 * @param text the command as JSON: `{"speed":80}`
 * @param now ms since the epoch
 * Throws ConfigError with everything that is wrong with it.
 */
export function manualMessage(
  printer: string,
  text: string,
  { topic, bounds, expires }: Pick<Options, "topic" | "bounds" | "expires">,
  now: number,
): ManualMessage {
  if (!fitsLevel(printer))
    throw new ConfigError(`printer "${printer}" cannot stand in a topic: write the id of one printer, without / + #`);
  const parts = readCommand(text);
  const wrong = outOfBounds(parts, bounds).map(({ message }) => message);
  if (wrong.length > 0)
    throw new ConfigError(`not sent: ${wrong.join("; ")}. Bounds are those of the feedback sink in the pipeline file`);
  const payload = payloadOf({
    ...parts,
    command_id: randomUUID().replaceAll("-", "").slice(0, 16),
    reason: REASON,
    issued_at: timeText(now),
    expires_at: timeText(now + expires),
  });
  return { topic: topic.replaceAll("{key}", () => printer), payload };
}

function readCommand(text: string): Command {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new ConfigError(`not sent: ${text} is no JSON (${messageOf(cause)}); write '{"speed":80}', in quotes`, {
      cause,
    });
  }
  const parsed = command.safeParse(value);
  const known = Object.keys(command.shape).join(", ");
  if (!parsed.success) {
    const wrong = parsed.error.issues.map(({ path, message }) => [...path, message].join(": "));
    throw new ConfigError(`not sent: ${wrong.join("; ")}. A printer can be told: ${known}`);
  }
  if (Object.keys(parsed.data).length === 0)
    throw new ConfigError(`not sent: nothing to change. A printer can be told: ${known}`);
  return parsed.data;
}
