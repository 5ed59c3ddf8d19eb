import { createLogger, format, transports } from "winston";
import { redactor } from "./redact.js";
import type { Log, LogFields } from "./streams/component/context.js";
import { jsonLine, prettyLine } from "./log/lines.js";
import { plainFields } from "./log/plain.js";

const LEVELS = { error: 0, warn: 1, info: 2, debug: 3 } as const;
export type LogLevel = keyof typeof LEVELS;

export interface LogOptions {
  /** The least important level that is written. */
  readonly level: LogLevel;
  /** `auto`: pretty on a terminal, json elsewhere. */
  readonly format: "auto" | "pretty" | "json";
  /** Never written, wherever they turn up. */
  readonly secrets: readonly string[];
  /** Where lines go; standard error where nothing else is said. */
  readonly stream?: NodeJS.WritableStream & { readonly isTTY?: boolean };
}

/** A log that can be narrowed: the child adds its fields to every line. */
export interface RootLog extends Log {
  child(fields: LogFields): RootLog;
}

/** Opens the log. One line an entry; secrets are taken out of messages and of fields however deep. */
export function createLog(options: LogOptions): RootLog {
  const { secrets, stream = process.stderr } = options;
  const least = LEVELS[options.level];
  const pretty = options.format === "pretty" || (options.format === "auto" && stream.isTTY === true);
  const redact = redactor(secrets);
  const line = pretty ? prettyLine : jsonLine;
  const logger = createLogger({
    levels: LEVELS,
    level: options.level,
    format: format.combine(
      format.timestamp(),
      format.printf(({ level, message, timestamp, fields }) => {
        const plain = plainFields(fields as LogFields, { redact, stacks: least >= LEVELS.debug });
        return line({ time: String(timestamp), level, message: redact(String(message)), fields: plain });
      }),
    ),
    // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- winston types its transports so
    transports: [new transports.Stream({ stream })],
  });

  function withFields(own: LogFields): RootLog {
    // A level that is off must cost no more than this comparison: winston takes 2 µs to find out.
    const write = (at: LogLevel) => (message: string, fields?: LogFields) => {
      if (LEVELS[at] <= least) logger.log({ level: at, message, fields: { ...own, ...fields } });
    };
    return {
      debug: write("debug"),
      info: write("info"),
      warn: write("warn"),
      error: write("error"),
      child: (fields) => withFields({ ...own, ...fields }),
    };
  }
  return withFields({});
}
