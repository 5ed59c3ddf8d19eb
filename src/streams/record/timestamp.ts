/** Epoch seconds reach this in the year 5138, epoch milliseconds did in March 1973: the size tells them apart. */
const SECONDS_BELOW = 1e11;

const ISO = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)(Z|[+-]\d{2}:?\d{2})?)?$/;
const BELOW_MS = /\.\d{3}(\d+)$/;
const NUMBER = /^-?\d+(?:\.\d+)?$/;

/**
 * Milliseconds since the epoch, or NaN. Takes epoch seconds or milliseconds (by size, fractions kept) as number or text,
 * ISO 8601, and `YYYY-MM-DD hh:mm:ss`. A time without a zone is UTC.
 */
export function parseTimestamp(value: unknown): number {
  if (typeof value === "number") return fromEpoch(value);
  if (typeof value !== "string") return NaN;
  const usual = usualTime(value);
  if (usual !== undefined) return usual;
  const text = value.trim();
  if (NUMBER.test(text)) return fromEpoch(Number(text));
  // Only ISO forms: Date.parse alone makes a date of "row 5", in the time zone of the machine.
  const iso = ISO.exec(text);
  if (!iso) return NaN;
  const [, day = "", time = "00:00:00", zone = "Z"] = iso;
  // It also moves 30 February to March; a day that is none comes back as another.
  const midnight = Date.parse(`${day}T00:00:00Z`);
  if (Number.isNaN(midnight) || new Date(midnight).toISOString().slice(0, 10) !== day) return NaN;
  // It lets go of what is below a millisecond.
  return Date.parse(`${day}T${time}${zone}`) + Number(`0.${BELOW_MS.exec(time)?.[1] ?? 0}`);
}

function fromEpoch(value: number): number {
  if (!Number.isFinite(value)) return NaN;
  // To a microsecond, which is what today's seconds still have room for: 2150602476.686 * 1000 is no whole number.
  return Math.abs(value) < SECONDS_BELOW ? Math.round(value * 1e6) / 1000 : value;
}

/** Years of more or fewer than four digits are written as ms since the epoch. */
const FOUR_DIGITS_FROM = Date.parse("0000-01-01T00:00:00Z");
const FOUR_DIGITS_TO = Date.parse("9999-12-31T23:59:59.999Z");

/**
 * ISO 8601, UTC, with the milliseconds, and with the digits below them where there are any: `parseTimestamp` reads the same
 * time back. The bare number where a calendar of four-digit years has no such time.
 */
export function timeText(ms: number): string {
  const slot = Math.abs(Math.floor(ms / 1000)) % REMEMBERED;
  if (rememberedTimes[slot] === ms) return rememberedTexts[slot]!;
  const text = writeTime(ms);
  if (!Number.isFinite(ms)) return text;
  rememberedTimes[slot] = ms;
  rememberedTexts[slot] = text;
  return text;
}

/** The edges of windows are the same for all printers: those of the last seconds are kept. */
const REMEMBERED = 64;
const rememberedTimes = new Float64Array(REMEMBERED).fill(NaN);
const rememberedTexts: string[] = new Array<string>(REMEMBERED).fill("");

function writeTime(ms: number): string {
  if (!(ms >= FOUR_DIGITS_FROM && ms <= FOUR_DIGITS_TO)) return String(ms);
  const whole = Math.floor(ms);
  const iso = new Date(whole).toISOString();
  const fraction = ms - whole;
  return fraction === 0 ? iso : `${iso.slice(0, -1)}${fraction.toFixed(20).slice(2).replace(/0+$/, "")}Z`;
}

/** The signs between the digits. */
const [UTC, T, COLON, DOT, ZERO] = [0x5a, 0x54, 0x3a, 0x2e, 0x30] as const;
const DAY_LENGTH = "2023-06-15".length;
let knownDay = "";
/** ms since the epoch at the beginning of the known day. */
let knownMidnight = NaN;

/**
 * The form that nearly every printer sends, `2023-06-15T14:32:10Z` or with three digits of milliseconds, at a tenth of the
 * cost: readings that follow each other are of one day, and the rest is digits. Undefined for any other form.
 */
function usualTime(text: string): number | undefined {
  const { length } = text;
  if ((length !== 20 && length !== 24) || text.charCodeAt(length - 1) !== UTC) return undefined;
  if (text.charCodeAt(10) !== T || text.charCodeAt(13) !== COLON || text.charCodeAt(16) !== COLON) return undefined;
  if (!text.startsWith(knownDay) || knownDay === "") {
    const midnight = parseTimestamp(text.slice(0, DAY_LENGTH));
    if (Number.isNaN(midnight)) return undefined;
    knownDay = text.slice(0, DAY_LENGTH);
    knownMidnight = midnight;
  }
  const hours = twoDigits(text, 11);
  const minutes = twoDigits(text, 14);
  const seconds = twoDigits(text, 17);
  const ms = length === 20 ? 0 : text.charCodeAt(19) === DOT ? digit(text, 20) * 100 + twoDigits(text, 21) : NaN;
  // Whatever is no digit makes NaN of it. 24:00 and leap seconds are for Date.parse to judge.
  const time = knownMidnight + ((hours * 60 + minutes) * 60 + seconds) * 1000 + ms;
  return hours < 24 && minutes < 60 && seconds < 60 && !Number.isNaN(time) ? time : undefined;
}

function twoDigits(text: string, at: number): number {
  return digit(text, at) * 10 + digit(text, at + 1);
}

function digit(text: string, at: number): number {
  const value = text.charCodeAt(at) - ZERO;
  return value >= 0 && value <= 9 ? value : NaN;
}
