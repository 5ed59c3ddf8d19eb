import { readFile, writeFile } from "node:fs/promises";
import { parse, View } from "vega";
import { compile, type TopLevelSpec } from "vega-lite";

const DOC = "docs/performance.md";
const PLOT = "docs/performance.svg";
const [OURS, FLOOR] = ["#2f5d8a", "#b3402e"];

interface Ratio {
  readonly bench: string;
  readonly ratio: number;
}

/** Draws the ratios of the table in docs/performance.md, against the floor. */
export async function plot(): Promise<void> {
  const ratios = ratiosOf(await readFile(DOC, "utf8"));
  if (ratios.length === 0) throw new Error(`${DOC}: its table "Figures" has no ratio`);
  await writeFile(PLOT, `${await draw(ratios)}\n`);
  console.log(`${ratios.length} ratios of ${DOC} are drawn in ${PLOT}`);
}

/** `latency at …, p50 and p99 ms` with two figures in a cell is two bars. */
function ratiosOf(doc: string): Ratio[] {
  const rows = doc.matchAll(/^\| ([^|]+) \| [^|]+ \| [^|]+ \| ([\d., ]+) \|$/gm);
  return [...rows].flatMap(([, bench = "", cell = ""]) => {
    const ratios = cell.split(",").map(Number);
    if (ratios.length === 1) return [{ bench: bench.replaceAll("`", ""), ratio: ratios[0]! }];
    const [what = "", parts = ""] = bench.split(/, (?=p\d)/);
    const names = parts.replace(/ ms$/, "").split(" and ");
    return ratios.map((ratio, i) => ({ bench: `${what}, ${names[i] ?? ""}`, ratio }));
  });
}

function draw(ratios: readonly Ratio[]): Promise<string> {
  const bench = { field: "bench", type: "nominal", sort: null, title: null, axis: { labelLimit: 400 } } as const;
  const spec: TopLevelSpec = {
    background: "white",
    padding: 12,
    config: { font: "sans-serif", view: { stroke: "#cccccc" }, axis: { labelColor: "#444444" } },
    title: { text: "Layerstream against the floor, which is 1", anchor: "start", fontWeight: "normal" },
    data: { values: [...ratios] },
    width: 460,
    height: { step: 24 },
    layer: [
      {
        mark: { type: "bar", color: OURS, height: 12 },
        encoding: { y: bench, x: { field: "ratio", type: "quantitative", title: null } },
      },
      {
        mark: { type: "text", align: "left", dx: 4, color: "#444444" },
        encoding: {
          y: bench,
          x: { field: "ratio", type: "quantitative" },
          text: { field: "ratio", type: "quantitative", format: ".2f" },
        },
      },
      {
        data: { values: [{}] },
        mark: { type: "rule", color: FLOOR, strokeDash: [5, 3] },
        encoding: { x: { datum: 1 } },
      },
    ],
  };
  return new View(parse(compile(spec).spec)).toSVG();
}
