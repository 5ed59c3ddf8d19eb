import type { Problem } from "./topology.js";

/** A spot in the text of the file; both count from 1. */
export interface Mark {
  readonly line: number;
  readonly column: number;
}

/** The first line of the file, for what concerns all of it. */
export const TOP: Mark = { line: 1, column: 1 };

/** `config/pipelines/x.yaml:14:7  node "score": operator "infer" accepts features, but "spans" emits window` */
export function formatProblem({ file, line, column, node, severity, message }: Problem): string {
  const warning = severity === "warning" ? "warning: " : "";
  const who = node === undefined ? "" : `node "${node}": `;
  return `${file}:${line}:${column}  ${warning}${who}${message}`;
}

/** Collects all that is wrong with one file. */
export class Problems {
  readonly #found = new Map<string, Problem>();
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  error(at: Mark, message: string, node?: string): void {
    this.#add(at, "error", message, node);
  }

  warn(at: Mark, message: string, node?: string): void {
    this.#add(at, "warning", message, node);
  }

  get failed(): boolean {
    return [...this.#found.values()].some(({ severity }) => severity === "error");
  }

  /** In order of their place. */
  sorted(): readonly Problem[] {
    return [...this.#found.values()].sort((a, b) => a.line - b.line || a.column - b.column);
  }

  /** What stands under an anchor is looked at wherever it is repeated; the same problem is said once. */
  #add({ line, column }: Mark, severity: Problem["severity"], message: string, node: string | undefined): void {
    const problem: Problem = {
      file: this.#file,
      line,
      column,
      severity,
      ...(node !== undefined && { node }),
      message,
    };
    const name = JSON.stringify([line, column, node, message]);
    if (!this.#found.has(name)) this.#found.set(name, problem);
  }
}
