import type { Incoming, MqttBroker } from "../../connections/mqtt/broker.js";
import type { Context } from "../../streams/component/context.js";
import { ConfigError } from "../../streams/component/errors.js";
import { parseCommand } from "./command.js";
import type { Farm } from "./farm.js";

/** Commands that may wait to be read; the broker keeps what is beyond. */
const WAITING = 1000;

/**
 * Obeys commands until `stop` aborts. Throws ConfigError where the broker refuses; any other trouble leaves the printers
 * deaf, loudly, because readings matter more than commands.
 */
export async function listen(
  broker: MqttBroker,
  filter: string,
  farm: Farm,
  context: Context,
  stop: AbortSignal,
): Promise<void> {
  const session = `${context.pipeline}-${context.node}-control`;
  try {
    for await (const batch of broker.subscribe({ filters: [filter], qos: 1, session, limit: WAITING }, stop)) {
      for (const message of batch) hear(message, farm, context);
    }
  } catch (cause) {
    if (cause instanceof ConfigError) throw cause;
    context.log.warn("simulated printers no longer hear commands", { filter, cause });
  }
}

function hear({ topic, payload, retain }: Incoming, farm: Farm, { log, clock }: Context): void {
  const printer = topic.slice(topic.lastIndexOf("/") + 1);
  const heard = parseCommand(payload);
  let reason: string | undefined;
  // A retained command is from some other day: a printer that has just been switched on must not obey it.
  if (retain) reason = "retained";
  else if ("refused" in heard) reason = heard.refused;
  else if (heard.expiresAt < clock.now()) reason = "expired";
  else if (!farm.obey(printer, heard.command)) reason = "no such printer";
  if (reason !== undefined) log.debug("command ignored", { printer, topic, reason });
}
