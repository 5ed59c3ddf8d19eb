import type { Adjustment } from "../streams/record/values.js";
import type { NodeStatus } from "../streams/runtime/metrics.js";
import type { Farm, PrinterView } from "./farm.js";
import { table } from "./output.js";

/** The room that there is on a terminal, in characters. */
export interface Room {
  readonly columns: number;
  readonly rows: number;
}

/** So many lines stay free for the log above the table, where the terminal has them. */
const LOG_LINES = 6;
/** Lines of the table that are not printers: one empty, heading, "and … more", one empty, footer. */
const FRAME = 5;
const LEAST_PRINTERS = 3;
const LONGEST_NAME = 20;
const LONGEST_WORD = 12;

/** The farm as lines of text that fit into the room: printers in trouble first, and those without where there is room. */
export function liveTable(farm: Farm, status: readonly NodeStatus[], seconds: number, room: Room): string[] {
  const printers = farm.printers();
  const fitting = Math.max(LEAST_PRINTERS, room.rows - FRAME - LOG_LINES);
  const shown = printers.slice(0, fitting);
  const heading = ["printer", "state", "roughness", "in 30 s", "anomaly", "trouble", "last adjustment"];
  const lines = table([heading, ...shown.map(([name, printer]) => row(name, printer))]);
  const hidden = printers.slice(fitting);
  const troubled = hidden.filter(([, { troubles }]) => troubles.size > 0).length;
  const more = `and ${hidden.length} more${troubled > 0 ? `, ${troubled} of them in trouble` : ""}`;
  return ["", ...lines, ...(hidden.length > 0 ? [more] : []), "", footer(status, seconds)].map((line) =>
    cut(line, room.columns - 1),
  );
}

function row(name: string, { state, roughness, predicted, anomaly, troubles, adjustment }: PrinterView): string[] {
  return [
    cut(visible(name), LONGEST_NAME),
    cut(visible(state), LONGEST_WORD),
    number(roughness, 1),
    number(predicted, 1),
    number(anomaly, 2),
    cut([...troubles.keys()].join(" "), LONGEST_WORD),
    adjustment ? visible(describe(adjustment)) : "",
  ];
}

const PARTS = [
  ["speed", "speed", " %"],
  ["flow", "flow", " %"],
  ["fan", "fan", " %"],
  ["nozzle_temp", "nozzle", " °C"],
  ["bed_temp", "bed", " °C"],
] as const satisfies readonly (readonly [keyof Adjustment, string, string])[];

/** `12:50:36 speed 50 %, roughness 80.0 above 75`: what matters most stands first, for the end may be cut off. */
function describe(adjustment: Adjustment): string {
  const { outcome, reason, issued_at, pause } = adjustment;
  const time = issued_at.slice(11, 19);
  if (outcome === "withheld") return `${time} withheld: ${reason.replace(/^.*; withheld: /, "")}`;
  const told = PARTS.flatMap(([part, name, unit]) =>
    adjustment[part] === undefined ? [] : [`${name} ${adjustment[part]}${unit}`],
  );
  const what = [...told, ...(pause ? ["pause"] : [])].join(" ");
  return `${time} ${what}${outcome === "sent" ? "" : ` ${outcome}`}, ${reason}`;
}

function number(value: number | undefined, digits: number): string {
  return value === undefined ? "" : value.toFixed(digits);
}

function footer(status: readonly NodeStatus[], seconds: number): string {
  const sum = (pick: (node: NodeStatus) => number) => status.reduce((total, node) => total + pick(node), 0);
  const read = sum((node) => (node.role === "source" ? node.in : 0));
  const away = status.filter(({ connected }) => !connected).map(({ node }) => node);
  return [
    ...(away.length > 0 ? [`cannot write: ${away.join(", ")}`] : []),
    `${read} records read in ${Math.round(seconds)} s`,
    `${sum(({ dead }) => dead)} dead letters`,
    `${sum(({ sides }) => sides.late ?? 0)} late`,
    "Ctrl-C ends",
  ].join(" · ");
}

/** The beginning of a text that is too long, with a sign that there is more. */
function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1)).trimEnd()}…`;
}

/** A terminal obeys control signs, and a printer may send any text. */
function visible(text: string): string {
  return text.replace(/\p{C}/gu, "?");
}
