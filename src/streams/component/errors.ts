/** The user's input or settings are wrong. Exit code 2; the message says how to mend it. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

export interface DisconnectedOptions extends ErrorOptions {
  /** The other side wants to be left alone for so long, ms. */
  readonly retryAfter?: number | undefined;
}

/** The other side is away for now. The runtime waits, with growing pauses, and calls again with the same batch. */
export class DisconnectedError extends Error {
  override readonly name = "DisconnectedError";
  readonly retryAfter: number;

  constructor(message: string, { retryAfter = 0, ...options }: DisconnectedOptions = {}) {
    super(message, options);
    this.retryAfter = retryAfter;
  }
}

/** One record cannot be worked on. It becomes a dead letter with this message; the stream goes on. */
export class PoisonRecordError extends Error {
  override readonly name = "PoisonRecordError";
}

/** Some records of a batch were refused for good, the others are written. Indexes are into the batch. */
export class PartialWriteError extends Error {
  override readonly name = "PartialWriteError";
  constructor(
    readonly refused: ReadonlyMap<number, string>,
    options?: ErrorOptions,
  ) {
    super(`${refused.size} records of a batch were refused`, options);
  }
}

/** Going on would do harm or is pointless. The run stops in order, exit code 1. */
export class FatalError extends Error {
  override readonly name = "FatalError";
}

/** The message of anything that was thrown. */
export function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
