import { Writable } from "node:stream";
import { clearScreenDown, moveCursor } from "node:readline";

/** The terminal where a live picture stands at the bottom while log lines go by above it. */
export class Screen extends Writable {
  readonly #terminal: NodeJS.WriteStream;
  #picture: readonly string[] = [];
  #drawn = 0;

  constructor(terminal: NodeJS.WriteStream) {
    super({ decodeStrings: false });
    this.#terminal = terminal;
  }

  /** Replaces the picture. */
  show(lines: readonly string[]): void {
    const width = Math.max(20, this.#terminal.columns);
    const height = Math.max(4, this.#terminal.rows - 1);
    this.#picture = lines.slice(0, height).map((line) => line.slice(0, width - 1));
    this.#erase();
    this.#draw();
  }

  /** Leaves the picture where it is and forgets it. */
  release(): void {
    this.#picture = [];
    this.#drawn = 0;
  }

  override _write(chunk: string | Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    this.#erase();
    this.#terminal.write(chunk, () => done());
    this.#draw();
  }

  #erase(): void {
    if (this.#drawn === 0) return;
    moveCursor(this.#terminal, 0, -this.#drawn);
    clearScreenDown(this.#terminal);
    this.#drawn = 0;
  }

  #draw(): void {
    for (const line of this.#picture) this.#terminal.write(`${line}\n`);
    this.#drawn = this.#picture.length;
  }
}
