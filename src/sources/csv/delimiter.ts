/** What may stand between two cells. */
export type Delimiter = "," | ";" | "\t";

const CANDIDATES: readonly Delimiter[] = [",", ";", "\t"];
const LINES_LOOKED_AT = 10;

/**
 * The delimiter of a text that begins with a header row. The header decides: it has one as often as every line after it,
 * so a comma inside a name or a decimal comma does not count. A header without any is a single column.
 */
export function findDelimiter(text: string): Delimiter {
  const lines = text
    .replace(/"[^"]*"/g, "")
    .split(/\r?\n/, LINES_LOOKED_AT + 1)
    .filter((line) => line !== "");
  // The last line of a piece of a file may be cut off.
  const whole = lines.length > 2 ? lines.slice(0, -1) : lines.slice(0, 1);
  const inHeader = (delimiter: Delimiter) => count(whole[0] ?? "", delimiter);
  const regular = (delimiter: Delimiter) => whole.every((line) => count(line, delimiter) === inHeader(delimiter));
  const used = CANDIDATES.filter((delimiter) => inHeader(delimiter) > 0);
  const likely = used.some(regular) ? used.filter(regular) : used;
  return likely.sort((a, b) => inHeader(b) - inHeader(a))[0] ?? ",";
}

function count(line: string, delimiter: Delimiter): number {
  return line.split(delimiter).length - 1;
}
