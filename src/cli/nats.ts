import { randomInt } from "node:crypto";
import { type Nats, openNats } from "../connections/nats/open.js";
import type { Settings } from "../settings.js";
import type { Log } from "../streams/component/context.js";
import { systemClock } from "../streams/time/clock.js";
import { settingFile } from "./setting-file.js";

export interface NatsOptions {
  readonly settings: Settings;
  readonly log: Log;
  /** How the server lists us. */
  readonly name: string;
}

/** A number in [0, 1), for pauses between attempts. */
export function random(): number {
  return randomInt(2 ** 32) / 2 ** 32;
}

/** Connects to the servers that NATS_URL names, as `openNats` does. Throws ConfigError for a file that cannot be read. */
export async function connectNats({ settings, log, name }: NatsOptions, stop: AbortSignal): Promise<Nats> {
  const { NATS_URL: url, NATS_USERNAME: username, NATS_PASSWORD: password } = settings;
  const [credentials, ca] = await Promise.all([
    settingFile("NATS_CREDENTIALS", settings.NATS_CREDENTIALS, "a file of credentials"),
    settingFile("NATS_CA", settings.NATS_CA, "a PEM file"),
  ]);
  const given = { ...(credentials !== undefined && { credentials }), ...(ca !== undefined && { ca }) };
  return openNats({ url, username, password, ...given, name, log, clock: systemClock, random }, stop);
}
