/** The cells of one row. Good until the next row is read. */
export interface Row {
  readonly width: number;
  text(cell: number): string;
  /** The number that the cell is, where that was found on the way; NaN says nothing. */
  number(cell: number): number;
}

/** All cells as texts. */
export function textsOf(row: Row): string[] {
  return Array.from({ length: row.width }, (_, i) => row.text(i));
}

/** Cells that someone else has cut out. */
export class CutRow implements Row {
  readonly #cells: readonly string[];

  constructor(cells: readonly string[]) {
    this.#cells = cells;
  }

  get width(): number {
    return this.#cells.length;
  }

  text(cell: number): string {
    return this.#cells[cell]!;
  }

  number(): number {
    return NaN;
  }
}
