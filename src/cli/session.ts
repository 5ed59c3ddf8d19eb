import type { Log } from "../streams/component/context.js";
import type { Registry } from "../streams/component/registry.js";
import type { Settings } from "../settings.js";
import type { Output } from "./output.js";

/** What every command is given. */
export interface Session {
  readonly settings: Settings;
  readonly registry: Registry;
  readonly log: Log;
  readonly out: Output;
  /** Aborts at the first Ctrl-C or SIGTERM. */
  readonly stop: AbortSignal;
}

/** What a command ends with: 0 fine, 1 a run failed, 2 the user's input or settings are wrong, 130 interrupted. */
export type ExitCode = 0 | 1 | 2 | 130;

/** Calls once when the signal aborts; at once where it has already, while things were still being opened. */
export function whenStopped(stop: AbortSignal, act: () => void): void {
  if (stop.aborted) act();
  else stop.addEventListener("abort", act, { once: true });
}
