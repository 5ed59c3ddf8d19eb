import type { Sqlite } from "./sqlite.js";

/** So many names are held in memory at most; beyond that they are looked up again. */
const CACHE_LIMIT = 100_000;
/** How often it is noted, in ms, that something of a printer was stored; the note is so much behind at most. */
export const NOTE_EVERY = 3_600_000;

/** The number of a printer, and when something of it was last stored. */
interface Known {
  readonly id: number;
  storedAt: number;
}

/** The numbers that stand for printers. */
export class PrinterNumbers {
  readonly #known = new Map<string, Known>();
  readonly #find;
  readonly #add;
  readonly #note;

  constructor(sqlite: Sqlite) {
    this.#find = sqlite.prepare<[number, number]>("SELECT id, stored_at FROM printers WHERE name = ?");
    this.#add = sqlite.prepare("INSERT INTO printers (name, stored_at) VALUES (?, ?)");
    this.#note = sqlite.prepare("UPDATE printers SET stored_at = ? WHERE id = ?");
  }

  find(name: string): number | undefined {
    return this.#find.get([name])?.[0];
  }

  /** The number of a printer of whom something is stored now, given out on its first row. */
  storing(name: string, now: number): number {
    let known = this.#known.get(name);
    if (known === undefined) {
      known = this.#lookUp(name) ?? this.#create(name, now);
      if (this.#known.size >= CACHE_LIMIT) this.#known.clear();
      this.#known.set(name, known);
    }
    if (Math.abs(now - known.storedAt) >= NOTE_EVERY) {
      this.#note.run([now, known.id]);
      known.storedAt = now;
    }
    return known.id;
  }

  /** What was read from the file may not hold any more. */
  forget(): void {
    this.#known.clear();
  }

  #lookUp(name: string): Known | undefined {
    const row = this.#find.get([name]);
    return row && { id: row[0], storedAt: row[1] };
  }

  #create(name: string, now: number): Known {
    this.#add.run([name, now]);
    return this.#lookUp(name)!;
  }
}

/** So many shapes get a number; a printer that makes up names for ever must not fill the table of shapes with them. */
const SHAPE_LIMIT = 4096;
/** The shape of records whose body names its fields itself. */
export const UNSHAPED = 0;

interface Shape {
  readonly id: number;
  readonly names: readonly string[];
}

/** The numbers that stand for lists of field names. */
export class ShapeNumbers {
  readonly #ids = new Map<string, number>();
  readonly #names = new Map<number, readonly string[]>();
  /** The last shape of so many names: that of the next row, mostly. */
  readonly #last = new Map<number, Shape>();
  readonly #byNames;
  readonly #byId;
  readonly #count;
  readonly #add;

  constructor(sqlite: Sqlite) {
    this.#byNames = sqlite.prepare<[number]>("SELECT id FROM shapes WHERE names = ?");
    this.#byId = sqlite.prepare<[string]>("SELECT names FROM shapes WHERE id = ?");
    this.#count = sqlite.prepare<[number]>("SELECT count(*) FROM shapes");
    this.#add = sqlite.prepare("INSERT INTO shapes (names) VALUES (?)");
  }

  /** The number for the names, UNSHAPED where there are too many already. */
  storing(names: readonly string[]): number {
    const last = this.#last.get(names.length);
    if (last && names.every((name, i) => name === last.names[i])) return last.id;
    const id = this.#find(names);
    if (id !== UNSHAPED) this.#last.set(names.length, { id, names });
    return id;
  }

  #find(names: readonly string[]): number {
    const text = JSON.stringify(names);
    let id = this.#ids.get(text);
    if (id === undefined) {
      id = this.#byNames.get([text])?.[0] ?? this.#create(text);
      // Not the shapes beyond the limit: there is no end to them.
      if (id !== UNSHAPED) this.#ids.set(text, id);
    }
    return id;
  }

  names(id: number): readonly string[] {
    let names = this.#names.get(id);
    if (names === undefined) {
      names = JSON.parse(this.#byId.get([id])![0]) as string[];
      this.#names.set(id, names);
    }
    return names;
  }

  forget(): void {
    this.#ids.clear();
    this.#names.clear();
    this.#last.clear();
  }

  #create(text: string): number {
    if (this.#count.get([])![0] >= SHAPE_LIMIT) return UNSHAPED;
    this.#add.run([text]);
    return this.#byNames.get([text])![0];
  }
}
