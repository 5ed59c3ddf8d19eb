import type { FieldValue } from "../../streams/record/values.js";
import { timeText } from "../../streams/record/timestamp.js";
import type { HistoryRow } from "./store.js";

export const HISTORY_FORMATS = ["table", "csv", "json"] as const;
export type HistoryFormat = (typeof HISTORY_FORMATS)[number];

export interface Layout {
  readonly format: HistoryFormat;
  /** The columns of table and CSV; JSON shows what each row has of them. */
  readonly fields: readonly string[];
  /** Whether a column says what kind each row is of. */
  readonly kinds: boolean;
}

/** The widths of a table are taken from so many of its first rows. */
const MEASURED_ROWS = 200;

/** Rows as text, piece by piece, each ending with a line break. However many rows: they pass through one by one. */
export function formatHistory(rows: Iterable<HistoryRow>, layout: Layout): Iterable<string> {
  switch (layout.format) {
    case "csv":
      return csv(rows, layout);
    case "json":
      return json(rows, layout);
    case "table":
      return table(rows, layout);
  }
}

/** As the csv source reads it: a cell that is empty was not measured. */
function* csv(rows: Iterable<HistoryRow>, { fields, kinds }: Layout): Iterable<string> {
  const line = (cells: readonly FieldValue[]) => `${cells.map(csvCell).join(",")}\n`;
  yield line(["printer_id", "timestamp", ...(kinds ? ["kind"] : []), ...fields]);
  for (const row of rows) {
    const values = fields.map((name) => row.fields[name] ?? null);
    yield line([row.printer, timeText(row.time), ...(kinds ? [row.kind] : []), ...values]);
  }
}

function csvCell(value: FieldValue): string {
  if (value === null) return "";
  const text = String(value);
  return /[",;\t\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** One array, one row a line. */
function* json(rows: Iterable<HistoryRow>, { fields, kinds }: Layout): Iterable<string> {
  let before = "[";
  for (const row of rows) {
    const shown = fields.filter((name) => row.fields[name] !== undefined).map((name) => [name, row.fields[name]]);
    const head = { printer_id: row.printer, timestamp: timeText(row.time), ...(kinds && { kind: row.kind }) };
    yield `${before}\n${JSON.stringify({ ...head, ...(Object.fromEntries(shown) as object) })}`;
    before = ",";
  }
  yield before === "[" ? "[]\n" : "\n]\n";
}

function* table(rows: Iterable<HistoryRow>, { fields, kinds }: Layout): Iterable<string> {
  const header = ["timestamp", ...(kinds ? ["kind"] : []), ...fields];
  const cellsOf = (row: HistoryRow): FieldValue[] => [
    timeText(row.time),
    ...(kinds ? [row.kind] : []),
    ...fields.map((name) => row.fields[name] ?? null),
  ];
  const waiting: FieldValue[][] = [header];
  let widths: number[] | undefined;
  const flush = (): string => {
    widths ??= header.map((_, column) => Math.max(...waiting.map((cells) => tableCell(cells[column]!).length)));
    return waiting
      .splice(0)
      .map((cells) => tableLine(cells, widths!))
      .join("");
  };
  for (const row of rows) {
    waiting.push(cellsOf(row));
    if (waiting.length > MEASURED_ROWS) yield flush();
  }
  yield flush();
}

function tableLine(cells: readonly FieldValue[], widths: readonly number[]): string {
  const padded = cells.map((value, i) => {
    const text = tableCell(value);
    return typeof value === "number" ? text.padStart(widths[i]!) : text.padEnd(widths[i]!);
  });
  return `${padded.join("  ").trimEnd()}\n`;
}

/** A terminal obeys control signs, and a printer may send any text. */
function tableCell(value: FieldValue): string {
  return value === null ? "" : String(value).replace(/\p{C}/gu, "?");
}
