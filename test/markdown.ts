import { readFileSync } from "node:fs";

/** A fenced block. The words behind the language name it: ```` ```json control ```` is the block "control". */
export interface Block {
  readonly language: string;
  readonly name: string;
  readonly text: string;
  /** Of the fence that opens it, counted from 1. */
  readonly line: number;
}

const FENCE = /^( *)```(\S*) *(.*)$/;

/** The fenced blocks of a Markdown file, in order. Throws where a fence is never closed. */
export function blocksOf(path: string): Block[] {
  const blocks: Block[] = [];
  let open: { indent: string; language: string; name: string; line: number; lines: string[] } | undefined;
  readFileSync(path, "utf8")
    .split("\n")
    .forEach((text, i) => {
      const fence = FENCE.exec(text);
      if (open && fence?.[2] === "") {
        const { indent, lines, ...rest } = open;
        const unindented = lines.map((line) => (line.startsWith(indent) ? line.slice(indent.length) : line));
        blocks.push({ ...rest, text: unindented.map((line) => `${line}\n`).join("") });
        open = undefined;
      } else if (open) open.lines.push(text);
      else if (fence) open = { indent: fence[1]!, language: fence[2]!, name: fence[3]!, line: i + 1, lines: [] };
    });
  if (open) throw new Error(`${path}:${open.line}: this block is never closed`);
  return blocks;
}

/** The one block with this name. */
export function blockOf(path: string, name: string): Block {
  const [block, other] = blocksOf(path).filter((each) => each.name === name);
  if (!block || other) throw new Error(`${path} has ${block ? "more than one block" : "no block"} "${name}"`);
  return block;
}

/** The rows below the heading of the table that follows a line, cells without their backticks. */
export function tableAfter(path: string, line: string): string[][] {
  const lines = readFileSync(path, "utf8").split("\n");
  const from = lines.indexOf(line);
  if (from < 0) throw new Error(`${path} has no line "${line}"`);
  const first = lines.findIndex((text, i) => i > from && text.startsWith("|"));
  const rows: string[][] = [];
  for (const text of lines.slice(first + 2)) {
    if (!text.startsWith("|")) break;
    rows.push(
      text
        .slice(1, -1)
        .split("|")
        .map((cell) => cell.trim().replace(/^`(.*)`$/, "$1")),
    );
  }
  return rows;
}
