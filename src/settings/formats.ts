/** One way to write a value. */
export interface Format {
  /** What is allowed, to follow "write". */
  readonly allowed: string;
  /** The value of a text, undefined where it is not allowed. */
  parse: (text: string) => string | number | readonly string[] | undefined;
}

const FORMATS = {
  text: { allowed: "any text", parse: (text: string) => text },
  list: {
    allowed: "names with commas between",
    parse: (text: string) =>
      text
        .split(",")
        .map((part) => part.trim())
        .filter((part) => part !== ""),
  },
  number: { allowed: "a number", parse: (text: string) => numberOf(text) },
  rate: { allowed: "a number above 0", parse: (text: string) => numberOf(text, (value) => value > 0) },
  count: { allowed: "a whole number from 1", parse: (text: string) => wholeOf(text, 1) },
  workers: { allowed: "a whole number from 1 to 64", parse: (text: string) => wholeOf(text, 1, 64) },
  seed: { allowed: "a whole number from 0", parse: (text: string) => wholeOf(text, 0) },
  "port-number": { allowed: "a whole number from 0 to 65535", parse: (text: string) => wholeOf(text, 0, 65535) },
  "broker-url": {
    allowed: "a URL that begins with mqtt://, mqtts://, ws:// or wss://",
    parse: (text: string) => urlOf(text, ["mqtt:", "mqtts:", "ws:", "wss:"]),
  },
  "http-url": {
    allowed: "a URL that begins with http:// or https://",
    parse: (text: string) => urlOf(text, ["http:", "https:"]),
  },
  "nats-urls": {
    allowed: "URLs that begin with nats:// or tls://, with commas between",
    parse: (text: string) => natsUrlsOf(text),
  },
  replicas: {
    allowed: "1, 3 or 5",
    parse: (text: string) => numberOf(text, (value) => [1, 3, 5].includes(value)),
  },
  group: {
    allowed: 'up to 48 letters, digits, "_" and "-"',
    parse: (text: string) => (/^[A-Za-z0-9_-]{1,48}$/.test(text) ? text : undefined),
  },
} satisfies Readonly<Record<string, Format>>;

export type FormatName = keyof typeof FORMATS;

interface Written {
  readonly format?: FormatName;
  readonly words?: readonly string[];
}

/** How a setting is written: in its format, or as one of its words. */
export function formatOf({ format, words = [] }: Written): Format {
  if (format !== undefined) return FORMATS[format];
  return {
    allowed: words.join(" or "),
    parse: (text) => (words.includes(text) ? text : undefined),
  };
}

function numberOf(text: string, fits: (value: number) => boolean = () => true): number | undefined {
  const value = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : NaN;
  return Number.isFinite(value) && fits(value) ? value : undefined;
}

function wholeOf(text: string, least: number, most = Number.MAX_SAFE_INTEGER): number | undefined {
  return numberOf(text, (value) => Number.isInteger(value) && value >= least && value <= most);
}

function natsUrlsOf(text: string): string | undefined {
  const fits = text.split(",").every((one) => urlOf(one.trim(), ["nats:", "tls:"]) !== undefined);
  return fits && !/,\s*(,|$)|^\s*,/.test(text) ? text : undefined;
}

function urlOf(text: string, schemes: readonly string[]): string | undefined {
  if (text === "") return text;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url !== undefined && schemes.includes(url.protocol) && url.host !== "" ? text : undefined;
}
