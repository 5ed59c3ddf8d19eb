import { createReadStream, createWriteStream, type WriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { once } from "node:events";
import { pipeline } from "node:stream/promises";
import { writeCell } from "../sinks/csv/cells.js";
import { timeText } from "../streams/record/timestamp.js";
import { flatten } from "../sinks/csv/flatten.js";
import { ConfigError, messageOf } from "../streams/component/errors.js";
import type { Batch, StreamRecord } from "../streams/record/record.js";
import { isMark } from "../streams/record/record.js";
import type { Run } from "../streams/runtime/run.js";
import type { Node, Topology } from "../streams/topology/topology.js";

const CONCLUSIONS = new Set(["prediction", "verdict", "adjustment"]);
const FIRST = ["printer_id", "timestamp", "node"];
/** So many characters are written at once. */
const PIECE = 1 << 16;

/**
 * Writes what a pipeline concluded (predictions, verdicts, adjustments) to one CSV file, in the order in which it was
 * concluded. Kinds have columns of their own, known only at the end, so rows wait in a file beside it, each with the columns
 * known by then, and nothing grows in memory.
 */
export class Conclusions {
  readonly #path: string;
  readonly #waiting: WriteStream;
  /** The place of each column. */
  readonly #columns = new Map(FIRST.map((column, place) => [column, place]));
  /** From which row on there were how many columns. */
  readonly #widths: { readonly from: number; readonly columns: number }[] = [{ from: 0, columns: FIRST.length }];
  #rows = 0;

  private constructor(path: string, waiting: WriteStream) {
    this.#path = path;
    this.#waiting = waiting;
  }

  /** Call it between `open` and `start` of the run. */
  static async watch(run: Run, topology: Topology, path: string): Promise<Conclusions> {
    const waiting = createWriteStream(`${path}.rows`);
    try {
      await once(waiting, "open");
    } catch (cause) {
      throw new ConfigError(`--out ${path} cannot be written: ${messageOf(cause)}`, { cause });
    }
    const conclusions = new Conclusions(path, waiting);
    for (const node of topology.nodes) {
      if (!concludes(node)) continue;
      run.outputOf(topology.name, node.name)?.subscribe((batch) => conclusions.#take(node.name, batch));
    }
    return conclusions;
  }

  /** Puts the rows under their heading. */
  async close(): Promise<void> {
    this.#waiting.end();
    await once(this.#waiting, "close");
    const part = `${this.#path}.part`;
    await pipeline(this.#file(), createWriteStream(part));
    await rename(part, this.#path);
    await rm(`${this.#path}.rows`);
  }

  async *#file(): AsyncGenerator<string> {
    yield `${[...this.#columns.keys()].map(writeCell).join(",")}\n`;
    let text = "";
    let row = 0;
    let width = 0;
    for await (const line of wholeRows(`${this.#path}.rows`)) {
      while (this.#widths[width + 1] !== undefined && this.#widths[width + 1]!.from <= row) width++;
      text += `${line}${",".repeat(this.#columns.size - this.#widths[width]!.columns)}\n`;
      row++;
      if (text.length < PIECE) continue;
      yield text;
      text = "";
    }
    yield text;
  }

  #take(node: string, batch: Batch): void {
    let text = "";
    for (const element of batch) {
      if (isMark(element)) continue;
      text += `${this.#row(node, element)}\n`;
      this.#rows++;
    }
    if (text !== "") this.#waiting.write(text);
  }

  #row(node: string, record: StreamRecord): string {
    const row: string[] = new Array<string>(this.#columns.size).fill("");
    const cells = flatten(record);
    for (const column in cells) {
      const place = FIRST.includes(column) ? -1 : this.#placeOf(column);
      if (place >= 0) row[place] = writeCell(cells[column]);
    }
    row[0] = writeCell(record.key);
    row[1] = timeText(record.eventTime);
    row[2] = node;
    return row.join(",");
  }

  #placeOf(column: string): number {
    const known = this.#columns.get(column);
    if (known !== undefined) return known;
    this.#columns.set(column, this.#columns.size);
    // The row that is being made is the first that has it.
    this.#widths.push({ from: this.#rows, columns: this.#columns.size });
    return this.#columns.size - 1;
  }
}

/** The rows of a CSV file, each ended by a line feed; one with a line feed between quotes is one row. */
async function* wholeRows(path: string): AsyncGenerator<string> {
  let text = "";
  for await (const piece of createReadStream(path, { encoding: "utf8" })) {
    const lines = (text + (piece as string)).split("\n");
    text = lines.pop()!;
    let row = "";
    for (const line of lines) {
      row += line;
      if (row.includes('"') && row.split('"').length % 2 === 0) row += "\n";
      else {
        yield row;
        row = "";
      }
    }
    text = row + text;
  }
}

/** A node that passes conclusions of others on (a filter) concludes nothing itself. */
function concludes({ emits, inputs }: Node): boolean {
  return emits !== undefined && CONCLUSIONS.has(emits.kind) && !inputs.some(({ type }) => type.kind === emits.kind);
}
