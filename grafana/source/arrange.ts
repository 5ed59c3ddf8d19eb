import * as dashboard from "@grafana/grafana-foundation-sdk/dashboard";
import type { Unplaced } from "./panels.js";

const WIDTH = 24;

/** A heading and the panels under it, from left to right and on the next line where there is no more room. */
export interface Row {
  readonly title: string;
  readonly panels: readonly Unplaced[];
}

/** Gives each panel its place on the grid and a number. */
export function arrange(rows: readonly Row[]): dashboard.Panel[] {
  const placed: dashboard.Panel[] = [];
  let y = 0;
  for (const { title, panels } of rows) {
    placed.push(heading(title, placed.length + 1, y));
    y += 1;
    let x = 0;
    let tallest = 0;
    for (const { panel, width, height } of panels) {
      if (x + width > WIDTH) {
        x = 0;
        y += tallest;
        tallest = 0;
      }
      placed.push({ ...panel, id: placed.length + 1, gridPos: { x, y, w: width, h: height } });
      x += width;
      tallest = Math.max(tallest, height);
    }
    y += tallest;
  }
  return placed;
}

function heading(title: string, id: number, y: number): dashboard.Panel {
  const row = new dashboard.RowBuilder(title).collapsed(false).build();
  return { ...row, id, gridPos: { x: 0, y, w: WIDTH, h: 1 } };
}
