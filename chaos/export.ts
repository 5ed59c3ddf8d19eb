/** The samples of one series by their time (ms), each different value once, and how many samples were written again. */
export interface Exported {
  readonly field: string;
  readonly at: ReadonlyMap<number, readonly number[]>;
  readonly repeated: number;
}

/** What a database holds of one printer: by series without the name of the field, `printer_sensor{printer_id=…}`. */
export type Holding = ReadonlyMap<string, readonly Exported[]>;

const DAY = 86_400;
const NAME = /^([a-z]+_[a-z]+)_(.+)$/;
/** VictoriaMetrics reads texts as numbers as far as it can; they are compared as they were written. */
const TEXTS: ReadonlySet<string> = new Set(
  "state anomaly model_version field episode command_id reason issued_at expires_at".split(" "),
);

/** Asks a VictoriaMetrics that keeps repeats for all that it holds of one printer, or for one measurement of it. */
export async function exported(url: string, printer: string, measurement = ""): Promise<Holding> {
  const match = encodeURIComponent(`{printer_id="${printer}",__name__=~"${measurement}.*"}`);
  // Without an end it leaves out what is to come, as a printer says whose clock is ahead.
  const span = `start=0&end=${Math.ceil(Date.now() / 1000) + DAY}`;
  const text = await (await fetch(`${url}/api/v1/export?match[]=${match}&${span}&reduce_mem_usage=1`)).text();
  const raw = new Map<string, { series: string; field: string; at: Map<number, number[]>; repeated: number }>();
  for (const line of text.split("\n")) {
    if (line === "") continue;
    // An id of hexadecimal digits may be more than a number holds.
    const { metric, values, timestamps } = JSON.parse(line.replace(/\+?(-?)Inf/g, "$11e999")) as Line;
    const tags = Object.entries(metric).filter(([tag]) => tag !== "__name__" && tag !== "outcome");
    const [, name, field] = NAME.exec(metric["__name__"]!)!;
    if (TEXTS.has(field!)) continue;
    const series = `${name!} ${JSON.stringify(tags.sort())}`;
    // One series comes in several lines, a block of it in each.
    const id = `${series} ${field!}`;
    let known = raw.get(id);
    if (known === undefined) raw.set(id, (known = { series, field: field!, at: new Map(), repeated: 0 }));
    values.forEach((value, i) => {
      const there = known.at.get(timestamps[i]!);
      if (there === undefined) known.at.set(timestamps[i]!, [value]);
      else if (there.some((before) => alike(before, value))) known.repeated++;
      else there.push(value);
    });
  }
  const holding = new Map<string, Exported[]>();
  for (const { series, ...one } of raw.values()) {
    const known = holding.get(series);
    if (known) known.push(one);
    else holding.set(series, [one]);
  }
  return holding;
}

interface Line {
  readonly metric: Readonly<Record<string, string>>;
  readonly values: readonly number[];
  readonly timestamps: readonly number[];
}

/** VictoriaMetrics keeps a block of numbers with one exponent, so the last digits depend on the neighbours. */
export function alike(a: number, b: number): boolean {
  return a === b || Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(a), Math.abs(b));
}
