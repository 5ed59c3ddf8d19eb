import { kindOf, readField } from "../record/field.js";
import type { StreamRecord } from "../record/record.js";
import type { Expectation } from "../topology/topology.js";

type ExpectedRecord = NonNullable<Expectation["records"]>[number];

/** Numbers that were computed agree to so many parts. */
const TOLERANCE = 1e-9;

/**
 * What differs between the records that came out of a node and those that were expected, as lines to print.
 * @param dead dead letters of the node
 */
export function compare(
  { at, count, records, dead: expectedDead }: Expectation,
  actual: readonly StreamRecord[],
  dead = 0,
): string[] {
  const expectedCount = count ?? records?.length;
  const lines: string[] = [];
  if (expectedDead !== undefined && expectedDead !== dead)
    lines.push(`${at}: expected ${plural(expectedDead, "dead letter")}, got ${dead}`);
  if (expectedCount !== undefined && expectedCount !== actual.length)
    lines.push(`${at}: expected ${plural(expectedCount)}, got ${actual.length}`);
  if (!records) return lines;
  const length = Math.max(records.length, count === undefined ? actual.length : 0);
  for (let i = 0; i < length; i++) {
    const [wanted, got] = [records[i], actual[i]];
    if (wanted && got && matches(wanted, got)) continue;
    lines.push(`${at}[${i}]`);
    if (wanted) lines.push(`  - ${describe(wanted.key, wanted.value ?? {})}`);
    if (got)
      lines.push(`  + ${describe(got.key, wanted?.value ? pick(got, Object.keys(wanted.value)) : summary(got))}`);
  }
  return lines;
}

function matches({ key, value = {} }: ExpectedRecord, record: StreamRecord): boolean {
  if (key !== undefined && key !== record.key) return false;
  return Object.entries(value).every(([name, wanted]) => agrees(wanted, readField(record.value, name)));
}

function agrees(wanted: unknown, got: unknown): boolean {
  if (typeof wanted === "number" && typeof got === "number")
    return Math.abs(wanted - got) <= TOLERANCE * Math.max(1, Math.abs(wanted));
  return (wanted ?? undefined) === (got ?? undefined);
}

function pick({ value }: StreamRecord, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(names.map((name) => [name, readField(value, name)]));
}

/** What tells nobody why a test fails. */
const UNSAID = new Set(["kind", "rule", "command_id", "episode", "evidence", "issued_at", "expires_at"]);

function summary({ value }: StreamRecord): Record<string, unknown> {
  const kind = kindOf(value);
  if (kind !== "reading" && kind !== "verdict" && kind !== "adjustment") return { kind };
  return Object.fromEntries(
    Object.entries(value as Record<string, unknown>).filter(([name]) => kind === "reading" || !UNSAID.has(name)),
  );
}

function describe(key: string | undefined, value: Readonly<Record<string, unknown>>): string {
  return `${key ?? "any key"} ${JSON.stringify(value, (_, part: unknown) => part ?? "absent")}`;
}

function plural(count: number, what = "record"): string {
  return count === 1 ? `1 ${what}` : `${count} ${what}s`;
}
