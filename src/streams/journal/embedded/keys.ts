import { partitionOf } from "../../record/partition.js";

/** What is known of a key. */
export interface Key {
  readonly key: string;
  readonly partition: number;
  /** ASCII, without tabs and line feeds, and does not begin with `#`. */
  readonly written: string;
}

const PLAIN = /^[A-Za-z0-9_./:@-]+$/;
/** A cache and nothing more: a flood of new keys must not make it grow for ever. */
const MOST = 100_000;

/** Keys and how they are written: plain ones as they are, all others as a JSON string of ASCII. */
export class Keys {
  readonly #partitions: number;
  #byKey = new Map<string, Key>();
  #byWritten = new Map<string, Key>();

  constructor(partitions: number) {
    this.#partitions = partitions;
  }

  of(key: string): Key {
    const known = this.#byKey.get(key);
    if (known) return known;
    const made: Key = { key, partition: partitionOf(key, this.#partitions), written: writtenKey(key) };
    if (this.#byKey.size >= MOST) this.#byKey = new Map();
    this.#byKey.set(key, made);
    return made;
  }

  /** Throws SyntaxError where no key is written like this. */
  read(written: string): Key {
    const known = this.#byWritten.get(written);
    if (known) return known;
    const made = this.of(PLAIN.test(written) ? whole(written) : (JSON.parse(written) as string));
    if (this.#byWritten.size >= MOST) this.#byWritten = new Map();
    this.#byWritten.set(made.written, made);
    return made;
  }
}

function writtenKey(key: string): string {
  if (PLAIN.test(key)) return key;
  return JSON.stringify(key).replace(
    /[^\u0020-\u007e]/g,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** A copy: a piece of a string would keep all of it in memory. */
function whole(piece: string): string {
  return Buffer.from(piece, "latin1").toString("latin1");
}
