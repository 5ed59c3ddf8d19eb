import { z } from "zod";

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const DURATION = /^(\d+)(ms|s|m|h|d)$/;

/** Milliseconds of `250ms`, `10s`, `5m`, `1h`, `2d`; undefined for anything else. */
export function parseDuration(text: string): number | undefined {
  const match = DURATION.exec(text);
  return match ? Number(match[1]) * UNITS[match[2]!]! : undefined;
}

/**
 * A length of time in a pipeline file, in milliseconds once parsed. A defaulted field is written
 * `duration.prefault("0s")`, so that the default passes through here as well.
 */
export const duration = z
  .string({ error: "write a whole number and a unit: 250ms, 10s, 5m, 1h, 2d" })
  // Aborts, so that nothing compares what is no length of time.
  .regex(DURATION, { error: "write a whole number and a unit: 250ms, 10s, 5m, 1h, 2d", abort: true })
  .meta({ examples: ["250ms", "10s", "5m", "1h"] })
  .transform((text) => parseDuration(text)!);

/** A length of time that may not be zero. */
export const positiveDuration = duration.refine((ms) => ms > 0, {
  error: "write a duration above zero: 250ms, 10s, 5m",
});

const BYTES: Readonly<Record<string, number>> = { KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };
const BYTE_SIZE = /^(?:0|(\d+) ?(KiB|MiB|GiB))$/;
const WRITE_SIZE = "write 0, or a whole number and a unit: 512 MiB, 4 GiB";

/** An amount of memory or disk in a pipeline file, in bytes once parsed; 0 for none. Defaulted as `duration` is. */
export const byteSize = z
  .union([z.literal(0), z.string().regex(BYTE_SIZE, { error: WRITE_SIZE })], { error: WRITE_SIZE })
  .meta({ examples: ["512 MiB", "4 GiB", 0] })
  .transform((size) => {
    const [, count, unit] = BYTE_SIZE.exec(String(size))!;
    return unit === undefined ? 0 : Number(count) * BYTES[unit]!;
  });

const SMALLEST_SPOOL = 16 * BYTES.MiB!;

/** What a sink may put on disk while its other side is away. */
export const spoolSize = byteSize.refine((bytes) => bytes === 0 || bytes >= SMALLEST_SPOOL, {
  error: "write 16 MiB or more, or 0 for none",
});

/** The name of a field of a record: `nozzle_temp`. */
export const fieldName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, {
  error: "write a field name: letters, digits and _, as in nozzle_temp",
});

/** A fixed MQTT topic: no wildcards. `{key}` stands for the printer id. */
export const topicName = z
  .string()
  .min(1)
  .regex(/^[^+#\u0000]+$/, {
    error: "a topic to publish to takes no + or #; write {key} where the printer id belongs",
  });

/** An MQTT topic filter: `+` stands for one whole level, `#` for all that follow. */
export const topicFilter = z
  .string()
  .refine(isTopicFilter, {
    error: "+ and # each fill a whole level, and # stands last, as in printing/+/sensor",
    abort: true,
  })
  .refine((filter) => !filter.startsWith("$share/") || SHARED.test(filter), {
    error: "a shared subscription is $share/GROUP/FILTER, no wildcard in the group: $share/farm/printing/+/sensor",
    abort: true,
  });

/** The group is one level without wildcards, and a filter follows (MQTT 5, section 4.8.2). */
const SHARED = /^\$share\/[^/+#]+\/./s;

export function isTopicFilter(filter: string): boolean {
  if (filter.length === 0 || filter.includes("\u0000")) return false;
  const levels = filter.split("/");
  return levels.every((level, i) => (level === "#" ? i === levels.length - 1 : level === "+" || !/[+#]/.test(level)));
}
