/** Where results go: stdout, and nothing else does. Logs and progress go to stderr. */
export interface Output {
  line(text: string): void;
  /** One JSON value on one line. */
  json(value: unknown): void;
  /** Without a line end, for streams of text. Resolves when more may be written. */
  text(text: string): Promise<void>;
  /** True where a person is looking. */
  readonly terminal: boolean;
}

export function outputTo(stream: NodeJS.WriteStream): Output {
  // A reader that has seen enough (`| head`) closes the pipe: that is no error of ours.
  stream.on("error", (cause: NodeJS.ErrnoException) => {
    if (cause.code === "EPIPE") process.exit(0);
    throw cause;
  });
  return {
    terminal: stream.isTTY,
    line: (text) => void stream.write(`${text}\n`),
    json: (value) => void stream.write(`${JSON.stringify(value)}\n`),
    text: (text) => (stream.write(text) ? Promise.resolve() : new Promise((resolve) => stream.once("drain", resolve))),
  };
}

/** Lines the columns up; the first row is the heading. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}
