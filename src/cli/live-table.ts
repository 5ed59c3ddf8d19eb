import type { NodeStatus } from "../streams/runtime/metrics.js";
import type { Farm, PrinterView } from "./farm.js";
import { table } from "./output.js";

/** The farm as lines of text, for a terminal. */
export function liveTable(farm: Farm, status: readonly NodeStatus[], seconds: number): string[] {
  const printers = farm.printers();
  const rows = printers.map(([name, printer]) => row(name, printer));
  const heading = ["printer", "state", "roughness", "in 30 s", "anomaly", "last adjustment"];
  return ["", ...table([heading, ...rows]), "", footer(status, seconds)];
}

function row(name: string, { state, roughness, predicted, anomaly, adjustment }: PrinterView): string[] {
  return [name, state, number(roughness, 1), number(predicted, 1), number(anomaly, 2), describe(adjustment)];
}

function describe(adjustment: PrinterView["adjustment"]): string {
  if (!adjustment) return "";
  const { speed, outcome, reason, issued_at } = adjustment;
  const what = speed === undefined ? "" : `speed ${speed} % `;
  return `${issued_at.slice(11, 19)} ${what}${outcome === "sent" ? "" : `(${outcome}) `}${reason}`;
}

function number(value: number | undefined, digits: number): string {
  return value === undefined ? "" : value.toFixed(digits);
}

function footer(status: readonly NodeStatus[], seconds: number): string {
  const sum = (pick: (node: NodeStatus) => number) => status.reduce((total, node) => total + pick(node), 0);
  const read = sum((node) => (node.role === "source" ? node.in : 0));
  const away = status.filter(({ connected }) => !connected).map(({ node }) => node);
  return [
    `${read} records read in ${Math.round(seconds)} s`,
    `${sum(({ dead }) => dead)} dead letters`,
    `${sum(({ sides }) => sides.late ?? 0)} late`,
    ...(away.length > 0 ? [`cannot write: ${away.join(", ")}`] : []),
    "Ctrl-C ends",
  ].join(" · ");
}
