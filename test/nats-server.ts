import { describe } from "@jest/globals";
import { type Nats, type NatsSettings, openNats } from "../src/connections/nats/open.js";
import { silentLog } from "../src/streams/contract/context.js";
import { systemClock } from "../src/streams/time/clock.js";
import { natsProgram } from "./nats-process.js";

export { natsProgram, NatsServer } from "./nats-process.js";

export const natsSuite = natsProgram ? describe : describe.skip;

/** Says that tests were left out where they were. */
export function natsTitle(text: string): string {
  return natsProgram ? text : `SKIPPED, NO nats-server ON THIS MACHINE: ${text}`;
}

export const natsSettings = (url: string): NatsSettings => ({
  url,
  name: "test",
  log: silentLog,
  clock: systemClock,
  random: () => 0,
});

export const openTestNats = (url: string): Promise<Nats> => openNats(natsSettings(url), new AbortController().signal);
