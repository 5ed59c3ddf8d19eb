import { parse, View } from "vega";
import { compile, type TopLevelSpec } from "vega-lite";
import type { Sighting } from "./watch.js";

export interface Limits {
  readonly threshold: number;
  /** The fault that was injected, s: when it begins and ends, and its name. */
  readonly fault: { readonly from: number; readonly to: number; readonly name: string };
}

const [ROUGH, FAULT, LIMIT, SPEED] = ["#2f5d8a", "#f3e3d3", "#b3402e", "#5b8c5a"];

/** An SVG of roughness and speed over time, one above the other, with the fault behind them. */
export async function drawLoop({ readings }: Sighting, { threshold, fault }: Limits): Promise<string> {
  const time = {
    field: "at",
    type: "quantitative",
    scale: { nice: false },
    axis: { title: null, grid: false },
  } as const;
  const band = {
    data: { values: [fault] },
    mark: { type: "rect", color: FAULT },
    encoding: { x: { ...time, field: "from" }, x2: { field: "to" } },
  } as const;
  // A mark is drawn for each row of its data.
  const once = { values: [{}] };
  const spec: TopLevelSpec = {
    background: "white",
    padding: 12,
    config: { font: "sans-serif", view: { stroke: "#cccccc" }, axis: { labelColor: "#444444", titleColor: "#444444" } },
    data: { values: [...readings] },
    resolve: { scale: { x: "shared" } },
    vconcat: [
      {
        title: { text: `${fault.name} (shaded): roughness`, anchor: "start", fontWeight: "normal" },
        width: 760,
        height: 200,
        layer: [
          band,
          {
            mark: { type: "line", color: ROUGH, strokeWidth: 1.4 },
            encoding: { x: time, y: { field: "roughness", type: "quantitative", title: "roughness" } },
          },
          {
            data: once,
            mark: { type: "rule", color: LIMIT, strokeDash: [5, 3] },
            encoding: { y: { datum: threshold } },
          },
          {
            data: once,
            mark: { type: "text", color: LIMIT, align: "left", dx: 4, dy: -7, text: `threshold ${threshold}` },
            encoding: { x: { value: 0 }, y: { datum: threshold } },
          },
        ],
      },
      {
        title: { text: "speed that the printer obeys", anchor: "start", fontWeight: "normal" },
        width: 760,
        height: 80,
        layer: [
          band,
          {
            mark: { type: "line", color: SPEED, strokeWidth: 2, interpolate: "step-after" },
            encoding: {
              x: { ...time, axis: { title: "seconds", grid: false } },
              y: { field: "speed", type: "quantitative", title: "percent", scale: { domain: [0, 120] } },
            },
          },
        ],
      },
    ],
  };
  return new View(parse(compile(spec).spec)).toSVG();
}
