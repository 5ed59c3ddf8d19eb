import type { Figures } from "../models/card.js";

/** The figures of a model as lines to read. */
export function describeFigures(figures: Figures): string[] {
  const numbers = Object.entries(figures).filter((entry): entry is [string, number] => typeof entry[1] === "number");
  return [
    ...numbers.map(([name, value]) => `${name.padEnd(14)} ${Number(value.toFixed(4))}`),
    ...Object.entries(figures.by_fault ?? {}).map(
      ([fault, { rows, recall }]) => `  ${fault.padEnd(16)} recall ${recall.toFixed(3)} in ${rows} windows`,
    ),
  ];
}
