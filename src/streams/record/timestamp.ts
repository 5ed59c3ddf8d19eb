/** Epoch seconds reach this in the year 5138, epoch milliseconds did in March 1973: the size tells them apart. */
const SECONDS_BELOW = 1e11;

const WITHOUT_ZONE = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?))?$/;
const NUMBER = /^-?\d+(?:\.\d+)?$/;

/**
 * Milliseconds since the epoch, or NaN. Takes epoch seconds or milliseconds (by size, fractions kept) as number or text,
 * ISO 8601, and `YYYY-MM-DD hh:mm:ss`, which is read as UTC.
 */
export function parseTimestamp(value: unknown): number {
  if (typeof value === "number") return fromEpoch(value);
  if (typeof value !== "string") return NaN;
  const text = value.trim();
  if (NUMBER.test(text)) return fromEpoch(Number(text));
  const local = WITHOUT_ZONE.exec(text);
  if (local) return Date.parse(`${local[1]!}T${local[2] ?? "00:00:00"}Z`);
  return Date.parse(text);
}

function fromEpoch(value: number): number {
  if (!Number.isFinite(value)) return NaN;
  return Math.abs(value) < SECONDS_BELOW ? value * 1000 : value;
}
