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

/** Years of more or fewer than four digits are written as ms since the epoch. */
const FIRST = Date.parse("0000-01-01T00:00:00Z");
const LAST = Date.parse("9999-12-31T23:59:59.999Z");

/** ISO 8601 with the milliseconds, and with the digits below them where there are any. */
export function writeTime(ms: number): string {
  if (!(ms >= FIRST && ms <= LAST)) return String(ms);
  const whole = Math.floor(ms);
  const iso = new Date(whole).toISOString();
  const fraction = ms - whole;
  return fraction === 0 ? iso : `${iso.slice(0, -1)}${fraction.toFixed(20).slice(2).replace(/0+$/, "")}Z`;
}
