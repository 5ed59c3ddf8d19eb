/** A cell as text. What was not measured, and a number that is none, is an empty cell. */
export function writeCell(value: unknown): string {
  switch (typeof value) {
    case "number":
      return Number.isFinite(value) ? numberText(value) : "";
    case "boolean":
      return String(value);
    case "string":
      return quoted(value);
    default:
      return "";
  }
}

function numberText(value: number): string {
  return Object.is(value, -0) ? "-0" : String(value);
}

/** Quotes what any of the usual delimiters would tear apart. */
function quoted(text: string): string {
  return /[",;\t\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
