import { isMark, type Element } from "../../streams/record/record.js";
import type { Log } from "../../streams/component/context.js";
import { timeText } from "../../streams/record/timestamp.js";
import { writeCell } from "./cells.js";
import { flatten, type Cells } from "./flatten.js";

/** So many rows may still bring a new column; then the columns are settled. */
export const UNSETTLED_ROWS = 1000;
const MARK_COLUMN = "time_mark";

interface TableOptions {
  /** Names of the columns for time, key and, where they are written, marks. */
  readonly address: readonly string[];
  /** The fields, where they are known beforehand. */
  readonly fields?: readonly string[] | undefined;
  /** All rows so far, where more fields may come. */
  readonly early?: readonly Element[];
  /** Said once for each field that comes too late for a column of its own; absent: it was left out on purpose. */
  readonly log?: Log;
}

/** A table whose columns are not settled: the fields and rows so far. */
export type Unsettled = Required<Pick<TableOptions, "early">> & { readonly fields: readonly string[] };

/** What a write has to do: add a text to the file, or put one in the place of all it holds. */
export interface Change {
  readonly text: string;
  readonly whole: boolean;
  /** Call when the text is in the file. */
  readonly done: () => void;
}

/**
 * The columns and rows of one file. A field gets a column when it first shows up within the first rows, which are kept
 * until then: so the file does not depend on how records were batched.
 */
export class Table {
  readonly #address: readonly string[];
  readonly #log: Log | undefined;
  readonly #missed = new Set<string>();
  #fields: readonly string[];
  #early: readonly Element[] | undefined;

  constructor({ address, fields, early, log }: TableOptions) {
    this.#address = address;
    this.#log = log;
    this.#fields = fields ?? [];
    this.#early = early ?? (fields ? undefined : []);
  }

  /** Undefined once the columns are settled. */
  get unsettled(): Unsettled | undefined {
    return this.#early && { fields: this.#fields, early: this.#early };
  }

  /** All that the file holds, while the columns are not settled. */
  whole({ fields, early }: Unsettled): string {
    return this.header() + early.map((element) => this.#row(element, fields)).join("");
  }

  header(): string {
    return line([...this.#address, ...this.#fields].map(writeCell));
  }

  /** What these elements make of the file. Changes nothing until `done`, so it may be asked for again. */
  add(elements: readonly Element[]): Change {
    const early = this.#early;
    if (early === undefined) return this.#change(elements, this.#fields, undefined);
    const head = elements.slice(0, UNSETTLED_ROWS - early.length);
    const fields = new Set(this.#fields);
    for (const element of head)
      if (!isMark(element)) for (const name of this.#namesOf(flatten(element))) fields.add(name);
    return this.#change(elements, [...fields], [...early, ...head]);
  }

  #change(elements: readonly Element[], fields: readonly string[], early: readonly Element[] | undefined): Change {
    const wider = fields.length > this.#fields.length;
    const rows = wider ? [...this.#early!, ...elements] : elements;
    const text = rows.map((element) => this.#row(element, fields)).join("");
    const header = wider ? line([...this.#address, ...fields].map(writeCell)) : "";
    return {
      text: header + text,
      whole: wider,
      done: () => {
        this.#fields = fields;
        this.#early = early !== undefined && early.length < UNSETTLED_ROWS ? early : undefined;
      },
    };
  }

  #row(element: Element, fields: readonly string[]): string {
    const row = [timeText(element.eventTime), writeCell(element.key)];
    if (isMark(element)) return line([...row, element.cause, ...fields.map(() => "")]);
    if (this.#address.includes(MARK_COLUMN)) row.push("");
    const cells = flatten(element);
    for (const name of fields) row.push(writeCell(cells[name]));
    if (this.#log !== undefined) this.#sayMissed(this.#namesOf(cells), fields, this.#log);
    return line(row);
  }

  /** A field that is called like the key's column would be a second one. */
  #namesOf(cells: Cells): string[] {
    return Object.keys(cells).filter((name) => !this.#address.includes(name));
  }

  #sayMissed(names: readonly string[], fields: readonly string[], log: Log): void {
    for (const name of names) {
      if (fields.includes(name) || this.#missed.has(name) || this.#missed.size === UNSETTLED_ROWS) continue;
      this.#missed.add(name);
      log.warn("field left out of the file: its columns were settled before", { field: name });
    }
  }
}

function line(cells: readonly string[]): string {
  return `${cells.join(",")}\n`;
}
