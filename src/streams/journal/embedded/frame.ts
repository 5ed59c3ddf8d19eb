/**
 * What a segment file is made of. A frame is one append, as text:
 *
 *     #LLLLLLLL CCCCCCCC      bytes of the body, CRC-32 of the body, eight hexadecimal digits each
 *     records ARRIVED COUNT   the body: what it holds, then lines, each ended by a line feed
 *     KEY \t EVENT-TIME \t OFFSET \t TEXT
 *
 * No key and no JSON ends a line like a prefix, so behind a damaged frame the next one is found again.
 */
export const PREFIX = "#00000000 00000000\n".length;
export const HASH = 0x23;
export const SPACE = 0x20;
export const LINE_FEED = 0x0a;

/** The two numbers of a prefix; undefined where there is none. */
export function readPrefix(
  bytes: Uint8Array,
  at: number,
): { readonly length: number; readonly crc: number } | undefined {
  if (bytes[at] !== HASH || bytes[at + 9] !== SPACE || bytes[at + PREFIX - 1] !== LINE_FEED) return undefined;
  const length = readHex(bytes, at + 1);
  const crc = readHex(bytes, at + 10);
  return length < 0 || crc < 0 ? undefined : { length, crc };
}

export function writePrefix(bytes: Uint8Array, at: number, length: number, crc: number): void {
  bytes[at] = HASH;
  writeHex(bytes, at + 1, length);
  bytes[at + 9] = SPACE;
  writeHex(bytes, at + 10, crc);
  bytes[at + PREFIX - 1] = LINE_FEED;
}

/** -1 where it is none. Small letters only: any other way of writing it was not written by us. */
function readHex(bytes: Uint8Array, at: number): number {
  let number = 0;
  for (let i = at; i < at + 8; i++) {
    const sign = bytes[i]!;
    const digit = sign >= 0x30 && sign <= 0x39 ? sign - 0x30 : sign >= 0x61 && sign <= 0x66 ? sign - 0x57 : -1;
    if (digit < 0) return -1;
    number = number * 16 + digit;
  }
  return number;
}

function writeHex(bytes: Uint8Array, at: number, number: number): void {
  for (let i = at + 7; i >= at; i--) {
    const digit = number & 15;
    bytes[i] = digit < 10 ? 0x30 + digit : 0x57 + digit;
    number >>>= 4;
  }
}
