import * as dashboard from "@grafana/grafana-foundation-sdk/dashboard";

/** Okabe and Ito's colours, which people tell apart whatever their colour vision. */
export const BLUE = "#0072B2";
export const SKY = "#56B4E9";
export const ORANGE = "#E69F00";
export const VERMILION = "#D55E00";
export const PURPLE = "#CC79A7";
export const GREEN = "#009E73";
export const YELLOW = "#F0E442";
export const GREY = "#8E8E8E";

const TURNS = [SKY, ORANGE, GREEN, PURPLE, VERMILION, BLUE, YELLOW] as const;
const DASHES = ["solid", "dash", "dot"] as const;

export interface Line {
  readonly colour: string;
  readonly dash?: "solid" | "dash" | "dot";
  /** Steps from value to value: what was set holds until it is set anew. */
  readonly steps?: true;
  /** Joins over gaps: two points that stand for a level. */
  readonly joined?: true;
  /** Has an axis of its own on the right, in this unit. */
  readonly right?: string;
}

/** The look of each series by its name. */
export type Lines = Readonly<Record<string, Line>>;

/** Names in a fixed order, each with its colour; after seven the line is dashed, after fourteen dotted. */
export function linesFor(names: readonly string[]): Lines {
  return Object.fromEntries(
    names.map((name, i) => [
      name,
      { colour: TURNS[i % TURNS.length]!, dash: DASHES[Math.floor(i / TURNS.length) % DASHES.length]! },
    ]),
  );
}

/** How a printer is, in words and colours. */
export const STATUS: dashboard.ValueMap = {
  type: dashboard.MappingType.ValueToText,
  options: {
    silent: { text: "silent", color: PURPLE, index: 0 },
    rough: { text: "rough", color: VERMILION, index: 1 },
    odd: { text: "odd", color: ORANGE, index: 2 },
    well: { text: "well", color: SKY, index: 3 },
  },
};

/** Steps of colour: `base` below the first value, then each from its value on. */
export function steps(
  base: string,
  ...above: readonly (readonly [from: number, colour: string])[]
): dashboard.Threshold[] {
  return [{ value: null, color: base }, ...above.map(([value, color]) => ({ value, color }))];
}
