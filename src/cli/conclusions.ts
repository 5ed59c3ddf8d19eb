import { createReadStream, createWriteStream, type WriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { writeCell } from "../sinks/csv/cells.js";
import { timeText } from "../streams/record/timestamp.js";
import { type Cells, flatten } from "../sinks/csv/flatten.js";
import { ConfigError, messageOf } from "../streams/component/errors.js";
import type { Batch } from "../streams/record/record.js";
import { isMark } from "../streams/record/record.js";
import type { Run } from "../streams/runtime/run.js";
import type { Node, Topology } from "../streams/topology/topology.js";

const CONCLUSIONS = new Set(["prediction", "verdict", "adjustment"]);
const FIRST = ["printer_id", "timestamp", "node"];

/**
 * Writes what a pipeline concluded (predictions, verdicts, adjustments) to one CSV file, in the order in which it was
 * concluded. Kinds have columns of their own, known only at the end, so rows wait in a file beside it and nothing grows in
 * memory.
 */
export class Conclusions {
  readonly #path: string;
  readonly #columns = new Set<string>();
  readonly #rows: WriteStream;

  private constructor(path: string, rows: WriteStream) {
    this.#path = path;
    this.#rows = rows;
  }

  /** Call it between `open` and `start` of the run. */
  static async watch(run: Run, topology: Topology, path: string): Promise<Conclusions> {
    const rows = createWriteStream(`${path}.rows`);
    try {
      await once(rows, "open");
    } catch (cause) {
      throw new ConfigError(`--out ${path} cannot be written: ${messageOf(cause)}`, { cause });
    }
    const conclusions = new Conclusions(path, rows);
    for (const node of topology.nodes) {
      if (!concludes(node)) continue;
      run.outputOf(topology.name, node.name)?.subscribe((batch) => conclusions.#take(node.name, batch));
    }
    return conclusions;
  }

  /** Puts the rows under their heading. */
  async close(): Promise<void> {
    this.#rows.end();
    await once(this.#rows, "close");
    const columns = [...FIRST, ...[...this.#columns].filter((column) => !FIRST.includes(column))];
    const part = `${this.#path}.part`;
    const out = createWriteStream(part);
    out.write(`${columns.join(",")}\n`);
    for await (const line of createInterface({ input: createReadStream(`${this.#path}.rows`) })) {
      const cells = JSON.parse(line) as Cells;
      if (!out.write(`${columns.map((column) => writeCell(cells[column])).join(",")}\n`)) await once(out, "drain");
    }
    out.end();
    await once(out, "close");
    await rename(part, this.#path);
    await rm(`${this.#path}.rows`);
  }

  #take(node: string, batch: Batch): void {
    for (const element of batch) {
      if (isMark(element)) continue;
      const cells = { printer_id: element.key, timestamp: timeText(element.eventTime), node, ...flatten(element) };
      for (const column in cells) this.#columns.add(column);
      this.#rows.write(`${JSON.stringify(cells)}\n`);
    }
  }
}

/** A node that passes conclusions of others on (a filter) concludes nothing itself. */
function concludes({ emits, inputs }: Node): boolean {
  return emits !== undefined && CONCLUSIONS.has(emits.kind) && !inputs.some(({ type }) => type.kind === emits.kind);
}
