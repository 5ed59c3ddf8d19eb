import { alike, exported, type Holding } from "./export.js";
import type { Lines, Written } from "./lines.js";

/** How the rows of one measurement differ from those of an undisturbed run. */
export interface Difference {
  /** Rows of the undisturbed run. */
  expected: number;
  missing: number;
  extra: number;
  /** Rows of which some field is absent or another. */
  other: number;
  /** Rows that were written with two different values, whatever they should have been. */
  conflicting: number;
  /** Samples that were written once more as they were, which changes nothing. */
  repeated: number;
  /** The first few that are not as they should be. */
  readonly examples: string[];
}

const EXAMPLES = 3;

/** All rows of these printers, by measurement, each field of numbers as the database gives it back. */
export async function compareRows(
  undisturbed: string,
  disturbed: string,
  printers: readonly string[],
): Promise<ReadonlyMap<string, Difference>> {
  for (const url of [undisturbed, disturbed]) await fetch(`${url}/internal/force_flush`);
  const found = new Map<string, Difference>();
  for (const printer of printers) {
    const [theirs, ours] = await Promise.all([exported(undisturbed, printer), exported(disturbed, printer)]);
    for (const series of new Set([...theirs.keys(), ...ours.keys()]))
      compareSeries(series, theirs, ours, of(found, series.slice(0, series.indexOf(" "))));
  }
  return found;
}

/** Adds to `difference` what one series of ours lacks, or has beyond theirs. */
export function compareSeries(series: string, theirs: Holding, ours: Holding, difference: Difference): void {
  const [expected, there] = [theirs.get(series) ?? [], ours.get(series) ?? []];
  const times = (fields: typeof expected) => new Set(fields.flatMap(({ at }) => [...at.keys()]));
  const [wanted, held] = [times(expected), times(there)];
  const tell = (what: string, time: number) => example(difference, `${what}: ${series} at ${timeText(time)}`);
  difference.expected += wanted.size;
  for (const { repeated } of there) difference.repeated += repeated;
  for (const time of wanted) {
    if (held.has(time)) continue;
    difference.missing++;
    tell("missing", time);
  }
  const names = [...new Set([...expected, ...there].map(({ field }) => field))];
  const pairs = names.map((name) => [expected, there].map((all) => all.find(({ field }) => field === name)?.at));
  for (const time of held) {
    if (!wanted.has(time)) {
      difference.extra++;
      tell("extra", time);
      continue;
    }
    const values = pairs.map((pair) => pair.map((at) => at?.get(time) ?? []) as [readonly number[], readonly number[]]);
    if (values.some(([, now]) => now.length > 1)) difference.conflicting++;
    const differs = values.findIndex(([one, other]) => !same(one, other));
    if (differs < 0) continue;
    difference.other++;
    const [one, other] = values[differs]!;
    tell(`${names[differs]!} is ${other.join(" and ")} and should be ${one.join(" and ")}`, time);
  }
}

function same(one: readonly number[], other: readonly number[]): boolean {
  return one.length === other.length && one.every((value) => other.some((found) => alike(value, found)));
}

/** The same of conclusions as they were written, each text and digit of them; by measurement. */
export function compareLines(undisturbed: Lines, disturbed: Lines): ReadonlyMap<string, Difference> {
  const found = new Map<string, Difference>();
  for (const [point, [wanted]] of undisturbed.points) {
    const difference = of(found, wanted!.measurement);
    difference.expected++;
    const there = disturbed.points.get(point);
    if (there === undefined) {
      difference.missing++;
      example(difference, `missing: ${point}`);
      continue;
    }
    if (there.length > 1) difference.conflicting++;
    const odd = there.find((one) => one.fields !== wanted!.fields);
    if (odd === undefined) continue;
    difference.other++;
    example(
      difference,
      `${point}: ${unlike(odd.fields, wanted!.fields)} and should be ${unlike(wanted!.fields, odd.fields)}`,
    );
  }
  for (const [point, [written]] of disturbed.points) {
    if (undisturbed.points.has(point)) continue;
    const difference = of(found, written!.measurement);
    difference.extra++;
    example(difference, `extra: ${point} ${written!.fields}`);
  }
  return found;
}

/** The fields that the other one has not. */
function unlike(fields: string, others: string): string {
  const known = new Set(others.split(","));
  return fields
    .split(",")
    .filter((field) => !known.has(field))
    .join(",");
}

/** Adjustments of which something else became: `sent: withheld` with how many there are. */
export function compareOutcomes(undisturbed: Lines, disturbed: Lines): ReadonlyMap<string, number> {
  const outcomes = (written: readonly Written[]) =>
    [...new Set(written.map(({ outcome }) => outcome))].sort().join("+");
  const found = new Map<string, number>();
  for (const [point, wanted] of undisturbed.points) {
    const there = disturbed.points.get(point);
    if (there === undefined || outcomes(there) === outcomes(wanted)) continue;
    const change = `${outcomes(wanted)} became ${outcomes(there)}`;
    found.set(change, (found.get(change) ?? 0) + 1);
  }
  return found;
}

export function noDifference(): Difference {
  return { expected: 0, missing: 0, extra: 0, other: 0, conflicting: 0, repeated: 0, examples: [] };
}

function of(found: Map<string, Difference>, measurement: string): Difference {
  let known = found.get(measurement);
  if (known === undefined) {
    known = noDifference();
    found.set(measurement, known);
  }
  return known;
}

function example(difference: Difference, text: string): void {
  if (difference.examples.length < EXAMPLES) difference.examples.push(text);
}

function timeText(ms: number): string {
  return new Date(ms).toISOString();
}
