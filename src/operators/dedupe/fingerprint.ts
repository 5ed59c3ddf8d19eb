import { fnv1a32 } from "../../streams/record/partition.js";
import type { FieldValue, Reading } from "../../streams/record/values.js";

const number = new Float64Array(1);
const halves = new Uint32Array(number.buffer);

/**
 * 32 bits that are the same for readings with the same fields and values, in whatever order the fields stand. It only
 * tells apart readings of one printer and one moment, so a chance match (1 in 4·10⁹) needs those to agree first.
 */
export function fingerprinter(fields?: readonly string[]): (value: Reading) => number {
  const names = new Map<string, number>();
  const nameHash = (name: string): number => {
    let hash = names.get(name);
    if (hash === undefined) {
      hash = fnv1a32(name);
      // A cache and nothing more: messages with ever new fields must not make it grow for ever.
      if (names.size >= 10_000) names.clear();
      names.set(name, hash);
    }
    return hash;
  };
  return (value) => {
    let sum = 0;
    for (const name of fields ?? Object.keys(value)) {
      const held = value[name];
      if (held !== undefined) sum = (sum + mix(nameHash(name) ^ valueHash(held))) | 0;
    }
    return sum >>> 0;
  };
}

function valueHash(value: FieldValue): number {
  if (typeof value === "number") {
    number[0] = value;
    return mix(halves[0]! ^ mix(halves[1]!));
  }
  return typeof value === "string" ? ~fnv1a32(value) : value === null ? 1 : value ? 2 : 3;
}

/** The finalizer of MurmurHash3 (Appleby): every bit of the input moves every bit of the output. */
function mix(hash: number): number {
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
