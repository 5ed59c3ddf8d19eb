import { readFile, writeFile } from "node:fs/promises";
import { type Figures, figuresOf, mean } from "./figures.js";
import { KINDS, makeSeries } from "./kinds.js";
import { ABLATIONS, type Scorer, SCORERS } from "./scorers.js";
import { speedTable } from "./speed.js";

const PAGE = "docs/detection.md";
/** Limits were chosen on seeds below this; what is reported is of seeds from here on. */
const HELD_BACK_FROM = 1000;
const SERIES_A_KIND = 20;
const KIND_NAMES = Object.keys(KINDS);
const ANOMALIES = KIND_NAMES.filter((kind) => kind !== "nothing");

/** Figures of every kind of anomaly, and what each part is worth, into docs/detection.md. */
export async function detect(): Promise<void> {
  const seeds = Array.from({ length: SERIES_A_KIND }, (_, i) => HELD_BACK_FROM + i);
  const judged = new Map<string, ReadonlyMap<string, readonly Figures[]>>();
  for (const [name, scorer] of Object.entries({ ...ABLATIONS, ...SCORERS })) {
    judged.set(name, new Map(KIND_NAMES.map((kind) => [kind, judge(scorer, kind, seeds)])));
    console.log(`${name}: ${summary(judged.get(name)!).join(", ")}`);
  }
  const kinds = kindTable(judged.get("all of it")!);
  const parts = partTable(judged);
  await write("kinds", kinds);
  await write("parts", parts);
  const speed = await speedTable();
  await write("speed", speed);
  console.log([kinds, parts, speed].join("\n\n"));
}

function judge(scorer: Scorer, kind: string, seeds: readonly number[]): Figures[] {
  return seeds.map((seed) => {
    const series = makeSeries(kind, seed);
    const { scores, flags } = scorer(series);
    return figuresOf(series.label, scores, flags);
  });
}

function kindTable(figures: ReadonlyMap<string, readonly Figures[]>): string {
  const rows = KIND_NAMES.map((kind) => {
    const of = (pick: (figures: Figures) => number, digits = 2) => text(mean(figures.get(kind)!.map(pick)), digits);
    const flags =
      kind === "nothing"
        ? ["", "", "", "", ""]
        : [of((f) => f.precision), of((f) => f.recall), of((f) => f.f1), of((f) => f.found), of((f) => f.delay, 0)];
    return [kind, of((f) => f.area), ...flags, of((f) => 1000 * f.falseAlarms, 1)];
  });
  return table(
    ["kind", "AUC-PR", "precision", "recall", "F1", "found", "delay, rows", "false alarms in 1000 rows"],
    rows,
  );
}

function partTable(judged: ReadonlyMap<string, ReadonlyMap<string, readonly Figures[]>>): string {
  return table(
    ["", "AUC-PR", "F1", "found", "false alarms in 1000 rows", "the same where nothing happens"],
    [...judged].map(([name, figures]) => [name, ...summary(figures)]),
  );
}

function summary(figures: ReadonlyMap<string, readonly Figures[]>): string[] {
  const all = ANOMALIES.flatMap((kind) => figures.get(kind)!);
  const of = (pick: (figures: Figures) => number, digits = 2) => text(mean(all.map(pick)), digits);
  const quiet = mean(figures.get("nothing")!.map(({ falseAlarms }) => 1000 * falseAlarms));
  return [of((f) => f.area), of((f) => f.f1), of((f) => f.found), of((f) => 1000 * f.falseAlarms, 1), text(quiet, 1)];
}

function text(figure: number, digits: number): string {
  return Number.isNaN(figure) ? "" : figure.toFixed(digits);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map((_, i) => (i === 0 ? "---" : "---:"))), ...rows.map(line)].join("\n");
}

/** Replaces what stands between the marks of this name. */
async function write(name: string, content: string): Promise<void> {
  const [begin, end] = [`<!-- ${name}: written by npm run bench -- detect -->`, `<!-- end of ${name} -->`];
  const page = await readFile(PAGE, "utf8");
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${PAGE} has no place for the ${name} table: "${begin}" … "${end}"`);
  await writeFile(PAGE, `${page.slice(0, from + begin.length)}\n\n${content}\n\n${page.slice(to)}`);
}
