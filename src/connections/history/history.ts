import type { FieldValue } from "../../streams/record/values.js";
import type { Clock } from "../../streams/time/clock.js";
import { PrinterNumbers, ShapeNumbers, UNSHAPED } from "./names.js";
import type { Bindable, Sqlite } from "./sqlite.js";
import { STORED_KINDS, type HistoryQuery, type HistoryRow, type HistoryStore, type Trimmed } from "./store.js";
import { Trimmer } from "./trim.js";

/** A query reads so many rows at a time. */
const PAGE = 1000;
/** So many rows go into one statement: half as dear as one by one. */
const TOGETHER = 50;

type Stored = [time: number, kind: number, part: string, shape: number, body: string];
type Packed = readonly [printer: number, time: number, kind: number, part: string, shape: number, body: string];

/** The history in a SQLite file. */
export class History implements HistoryStore {
  readonly #sqlite: Sqlite;
  readonly #clock: Clock;
  readonly #printers: PrinterNumbers;
  readonly #shapes: ShapeNumbers;
  readonly #trimmer: Trimmer;
  readonly #insertTogether;
  readonly #page;
  readonly #shapesOf;
  readonly #version;
  #seenVersion = -1;

  constructor(sqlite: Sqlite, clock: Clock) {
    this.#sqlite = sqlite;
    this.#clock = clock;
    this.#printers = new PrinterNumbers(sqlite);
    this.#shapes = new ShapeNumbers(sqlite);
    this.#trimmer = new Trimmer(sqlite);
    this.#insertTogether = sqlite.prepare(insertOf(TOGETHER));
    this.#page = sqlite.prepare<Stored>(
      `SELECT time, kind, part, shape, body FROM records
       WHERE printer = ? AND (time, kind, part) > (?, ?, ?) AND time < ? AND (1 << kind) & ? <> 0
       ORDER BY time, kind, part LIMIT ${PAGE}`,
    );
    this.#shapesOf = sqlite.prepare<[number]>(
      `SELECT DISTINCT shape FROM records
       WHERE printer = ? AND time >= ? AND time < ? AND (1 << kind) & ? <> 0 ORDER BY shape`,
    );
    this.#version = sqlite.prepare<[number]>("PRAGMA data_version");
  }

  get address(): string {
    return this.#sqlite.path;
  }

  write(rows: readonly HistoryRow[]): void {
    if (rows.length === 0) return;
    const now = this.#clock.now();
    this.#change(() => {
      // In the order of the table, whose pages are looked up once then.
      const packed = rows.map((row) => this.#pack(row, now)).sort(([one], [other]) => one - other);
      for (let i = 0; i < packed.length; i += TOGETHER) {
        const some = packed.slice(i, i + TOGETHER);
        const statement = some.length === TOGETHER ? this.#insertTogether : this.#sqlite.prepare(insertOf(some.length));
        const parameters: Bindable[] = [];
        for (const row of some) parameters.push(...row);
        statement.run(parameters);
      }
    });
  }

  *query(query: HistoryQuery): IterableIterator<HistoryRow> {
    const { id, from, to, kinds } = this.#resolve(query);
    if (id === undefined) return;
    const wanted = query.fields && new Set(query.fields);
    let left = query.limit ?? Infinity;
    // Before every row of that time: kinds count from 0.
    let [time, kind, part] = [from, -1, ""];
    for (;;) {
      const page = this.#page.all([id, time, kind, part, to, kinds]);
      for (const stored of page) {
        if (left <= 0) return;
        const fields = this.#unpack(stored[3], stored[4], wanted);
        if (fields === undefined) continue;
        left -= 1;
        yield { printer: query.printer, time: stored[0], kind: STORED_KINDS[stored[1]]!, part: stored[2], fields };
      }
      if (page.length < PAGE) return;
      [time, kind, part] = page.at(-1)!;
    }
  }

  fields(query: HistoryQuery): readonly string[] {
    const { id, from, to, kinds } = this.#resolve(query);
    const found = new Set<string>();
    if (id === undefined) return [];
    for (const [shape] of this.#shapesOf.all([id, from, to, kinds])) {
      if (shape !== UNSHAPED) for (const name of this.#shapes.names(shape)) found.add(name);
      else for (const row of this.query(query)) for (const name of Object.keys(row.fields)) found.add(name);
    }
    return [...found].filter((name) => query.fields?.includes(name) ?? true);
  }

  printers(): readonly string[] {
    return this.#sqlite
      .prepare<[string]>("SELECT name FROM printers ORDER BY name")
      .all([])
      .map(([name]) => name);
  }

  trim(keep: number, limit: number): Trimmed {
    const now = this.#clock.now();
    return this.#change(() => {
      const trimmed = this.#trimmer.trim(now, keep, limit);
      if (trimmed.gone) this.#printers.forget();
      return trimmed;
    });
  }

  sync(): Promise<void> {
    return this.#sqlite.sync();
  }

  close(): void {
    this.#sqlite.close();
  }

  /** A transaction. What is remembered of the file is forgotten where another process has changed it, or this fails. */
  #change<T>(work: () => T): T {
    try {
      return this.#sqlite.transaction(() => {
        const [version] = this.#version.get([])!;
        if (version !== this.#seenVersion) this.#forget();
        this.#seenVersion = version;
        return work();
      });
    } catch (cause) {
      this.#forget();
      throw cause;
    }
  }

  #forget(): void {
    this.#printers.forget();
    this.#shapes.forget();
  }

  #resolve({ printer, from, to, kinds = STORED_KINDS }: HistoryQuery) {
    return {
      id: this.#printers.find(withoutNul(printer)),
      from: Math.max(from ?? -Infinity, -Number.MAX_VALUE),
      to: Math.min(to ?? Infinity, Number.MAX_VALUE),
      kinds: kinds.reduce((bits, kind) => bits | (1 << STORED_KINDS.indexOf(kind)), 0),
    };
  }

  /** What is stored of a row. */
  #pack({ printer, time, kind, part, fields }: HistoryRow, now: number): Packed {
    const names: string[] = [];
    const values: FieldValue[] = [];
    for (const name in fields) {
      const value = fields[name] ?? null;
      if (value === null || (typeof value === "number" && !Number.isFinite(value))) continue;
      names.push(name);
      values.push(value);
    }
    const shape = this.#shapes.storing(names);
    const body = shape === UNSHAPED ? Object.fromEntries(names.map((name, i) => [name, values[i]])) : values;
    return [
      this.#printers.storing(withoutNul(printer), now),
      time,
      STORED_KINDS.indexOf(kind),
      withoutNul(part),
      shape,
      JSON.stringify(body),
    ];
  }

  /** The fields of a row; undefined where it has none of the wanted ones. */
  #unpack(shape: number, body: string, wanted: ReadonlySet<string> | undefined): HistoryRow["fields"] | undefined {
    const content: unknown = JSON.parse(body);
    const entries =
      shape === UNSHAPED
        ? Object.entries(content as HistoryRow["fields"])
        : this.#shapes.names(shape).map((name, i) => [name, (content as FieldValue[])[i]!] as const);
    const kept = wanted ? entries.filter(([name]) => wanted.has(name)) : entries;
    return wanted && kept.length === 0 ? undefined : Object.fromEntries(kept);
  }
}

/** SQLite ends a text there; no printer's id has one that means something. */
function withoutNul(text: string): string {
  return text.replaceAll("\0", "\uFFFD");
}

function insertOf(rows: number): string {
  return `INSERT OR REPLACE INTO records VALUES ${new Array<string>(rows).fill("(?, ?, ?, ?, ?, ?)").join(", ")}`;
}
