import { pointsIn } from "../line-reader.js";
import type { Names } from "./flux-names.js";

interface Written {
  readonly fields: Set<string>;
  readonly tags: Map<string, Set<string>>;
}

/** The names that lines of line protocol hold, by measurement. */
export function writtenIn(lines: readonly string[]): ReadonlyMap<string, Written> {
  const written = new Map<string, Written>();
  for (const { measurement, tags, fields } of pointsIn(lines)) {
    let known = written.get(measurement);
    if (!known) written.set(measurement, (known = { fields: new Set(), tags: new Map() }));
    for (const name of Object.keys(fields)) known.fields.add(name);
    for (const [name, value] of Object.entries(tags))
      known.tags.set(name, (known.tags.get(name) ?? new Set()).add(value));
  }
  return written;
}

/** What a script asks for and nobody wrote. */
export function unwritten(names: Names, written: ReadonlyMap<string, Written>): string[] {
  const asked = [...names.measurements];
  const tagsOf = (measurement: string) => written.get(measurement)?.tags;
  const fields = new Set(names.fields.map(([, field]) => field));
  return [
    ...asked.filter((name) => !written.has(name)).map((name) => `measurement ${name}`),
    ...names.fields
      .filter(([measurement, field]) => written.has(measurement) && !written.get(measurement)!.fields.has(field))
      .map(([measurement, field]) => `field ${field} of ${measurement}`),
    ...[...names.columns]
      .filter((column) => !fields.has(column) && !asked.some((measurement) => tagsOf(measurement)?.has(column)))
      .map((column) => `tag ${column} of ${asked.join(", ")}`),
    ...names.values
      .filter(([tag, value]) => !asked.some((measurement) => tagsOf(measurement)?.get(tag)?.has(value)))
      .map(([tag, value]) => `${tag} "${value}" of ${asked.join(", ")}`),
  ];
}

/** The text of /metrics as the lines that Telegraf makes of it: a field for each metric, its labels as tags. */
export function linesOfMetrics(text: string, measurement: string): string[] {
  return [...text.matchAll(/^(\w+)(?:\{(.*)\})? (-?[\d.e+-]+)$/gm)].map(([, name, labels = "", value]) => {
    const tags = [...labels.matchAll(/(\w+)="([^"]*)"/g)].map(([, label, word]) => `,${label!}=${word!}`).join("");
    return `${measurement},address=127.0.0.1${tags} ${name!}=${value!} 1`;
  });
}
