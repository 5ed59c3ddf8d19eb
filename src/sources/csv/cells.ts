import type { FieldValue } from "../../streams/record/values.js";

/** How programs write that nothing was measured. */
const MISSING: ReadonlySet<string> = new Set(["", "NaN", "nan", "NAN", "null", "NULL"]);
const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ["true", true],
  ["True", true],
  ["TRUE", true],
  ["false", false],
  ["False", false],
  ["FALSE", false],
]);
const DECIMAL_COMMA = /^\s*[+-]?\d+,\d+\s*$/;

/**
 * What a cell holds: a number, a truth value, a text as it stands, or undefined for what is missing. With a decimal comma
 * allowed (`;` or a tab between cells) `21,5` is a number too.
 */
export function readCell(cell: string, decimalComma: boolean): FieldValue | undefined {
  if (cell === "") return undefined;
  if (mayBeNumber(cell)) {
    const value = Number(cell);
    if (Number.isFinite(value) && (value !== 0 || cell.trim() !== "")) return value;
    if (decimalComma && DECIMAL_COMMA.test(cell)) return Number(cell.replace(",", "."));
  }
  const text = cell.trim();
  if (MISSING.has(text)) return undefined;
  return BOOLEANS.get(text) ?? cell;
}

/** A digit, sign, point or space in front, and not the `0x1f` and `0b11` that Number takes. */
function mayBeNumber(cell: string): boolean {
  const first = cell.charCodeAt(0);
  const numeric = (first >= 48 && first <= 57) || first === 45 || first === 43 || first === 46 || first <= 32;
  return numeric && !(first === 48 && cell.length > 2 && cell.charCodeAt(1) > 57 && !/^0e/i.test(cell));
}
