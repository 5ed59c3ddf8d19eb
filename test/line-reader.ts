/** What a line of line protocol says. */
export interface Point {
  readonly measurement: string;
  readonly tags: Readonly<Record<string, string>>;
  /** Numbers are floats; an integer would come as a bigint. */
  readonly fields: Readonly<Record<string, number | bigint | boolean | string>>;
  /** ns since the epoch */
  readonly time: string;
}

/** The points of lines, sorted, so that two servers that were sent the same hold the same. */
export function pointsIn(lines: readonly string[]): Point[] {
  const points = lines.filter((line) => line !== "").map(readLine);
  const place = ({ measurement, tags, time }: Point): string => JSON.stringify([measurement, tags, time]);
  return points.sort((a, b) => (place(a) < place(b) ? -1 : 1));
}

/** Reads as InfluxDB does: a backslash before a comma, space or equals sign is an escape, before all else itself. */
function readLine(line: string): Point {
  const [series = "", fields = "", time = ""] = split(line, " ");
  const [measurement = "", ...tags] = split(series, ",");
  const pairs = (texts: readonly string[]) => texts.map((text) => split(text, "=", 2)).sort();
  return {
    measurement: unescape(measurement),
    tags: Object.fromEntries(pairs(tags).map(([name = "", value = ""]) => [unescape(name), unescape(value)])),
    fields: Object.fromEntries(
      pairs(split(fields, ",")).map(([name = "", value = ""]) => [unescape(name), readValue(value)]),
    ),
    time,
  };
}

function readValue(text: string): number | bigint | boolean | string {
  if (text.startsWith('"')) return text.slice(1, -1).replace(/\\(["\\])/g, "$1");
  if (text.endsWith("i")) return BigInt(text.slice(0, -1));
  if (["t", "true", "f", "false"].includes(text)) return text.startsWith("t");
  return Number(text);
}

function unescape(text: string): string {
  return text.replace(/\\([ ,=])/g, "$1");
}

/** Splits at a sign that stands neither behind a backslash nor in quotes. */
function split(text: string, sign: string, most = Infinity): string[] {
  const parts: string[] = [];
  let begin = 0;
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === "\\") i++;
    else if (text[i] === '"') quoted = !quoted;
    else if (text[i] === sign && !quoted && parts.length + 1 < most) {
      parts.push(text.slice(begin, i));
      begin = i + 1;
    }
  }
  return [...parts, text.slice(begin)];
}
