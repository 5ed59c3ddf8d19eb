import { type Exported, exported, type Holding } from "./export.js";
import { compareSeries, noDifference } from "./compare.js";
import type { Farm } from "./farm.js";
import type { Place } from "./place.js";
import { judgeDifference } from "./rows.js";
import { exactly, type Finding } from "./scenario.js";

/** Windows slide by so much. ms */
const EVERY = 1_000;

/** What must be there; all by default. */
export interface Wanted {
  /** Whether this reading must be; others may. */
  reading?(i: number): boolean;
  /** Whether this printer's predictions must be without a hole. */
  predictions?(printer: number): boolean;
}

/**
 * Whether a database holds each of the first `count` readings as it was sent, and predictions without a hole: for each printer
 * one a second from its first to its last.
 */
export async function judgeReadings(
  { database, gate }: Place,
  farm: Farm,
  count: number,
  { reading = () => true, predictions = () => true }: Wanted = {},
): Promise<Finding[]> {
  await fetch(`${database.url}/internal/force_flush`);
  const difference = noDifference();
  const steady = new Set<string>();
  for (let printer = 0; printer < farm.printers; printer++) {
    const name = farm.name(printer);
    if (predictions(printer)) steady.add(name);
    const [sent, perhaps] = [reading, (i: number) => !reading(i)].map((which) =>
      readingsOf(farm, printer, count, which),
    );
    const held = without(await exported(database.url, name, "printer_sensor"), perhaps!);
    for (const series of new Set([...sent!.keys(), ...held.keys()])) compareSeries(series, sent!, held, difference);
  }
  const conflicts = [...gate.lines.points.values()].filter((written) => written.length > 1).length;
  return [
    judgeDifference("readings in the database", difference),
    exactly("seconds without their prediction", 0, holes([...gate.lines.points.keys()], steady)),
    exactly("conclusions written with two contents", 0, conflicts),
  ];
}

/** The rows that a printer's readings make, numbers only. */
function readingsOf(farm: Farm, printer: number, count: number, wanted: (i: number) => boolean): Holding {
  const fields = new Map<string, Map<number, number[]>>();
  for (let i = printer; i < count; i += farm.printers) {
    if (!wanted(i)) continue;
    for (const [field, value] of Object.entries(JSON.parse(farm.payload(i)) as Record<string, unknown>)) {
      if (typeof value !== "number") continue;
      let at = fields.get(field);
      if (at === undefined) fields.set(field, (at = new Map()));
      at.set(farm.time(i), [value]);
    }
  }
  const all: Exported[] = [...fields].map(([field, at]) => ({ field, at, repeated: 0 }));
  return new Map([[`printer_sensor ${JSON.stringify([["printer_id", farm.name(printer)]])}`, all]]);
}

/** A holding but for the samples at times that others have too. */
function without(holding: Holding, others: Holding): Holding {
  const times = new Set([...others.values()].flatMap((fields) => fields.flatMap(({ at }) => [...at.keys()])));
  if (times.size === 0) return holding;
  const rest = (at: Exported["at"]) => new Map([...at].filter(([time]) => !times.has(time)));
  return new Map([...holding].map(([series, fields]) => [series, fields.map((one) => ({ ...one, at: rest(one.at) }))]));
}

const PREDICTION = /^printer_prediction,printer_id=([^,]+),/;

/** Seconds that have no prediction between the first and the last of the same printer and model. */
function holes(points: readonly string[], printers: ReadonlySet<string>): number {
  const times = new Map<string, number[]>();
  for (const point of points) {
    const printer = PREDICTION.exec(point)?.[1];
    if (printer === undefined || !printers.has(printer)) continue;
    const [series, time] = point.split(" ") as [string, string];
    const known = times.get(series);
    if (known) known.push(Number(time) / 1e6);
    else times.set(series, [Number(time) / 1e6]);
  }
  let missing = 0;
  for (const all of times.values()) {
    const [first, last] = [Math.min(...all), Math.max(...all)];
    missing += Math.round((last - first) / EVERY) + 1 - all.length;
  }
  return missing;
}
