import type { Finding } from "./scenario.js";

/** What came of a scenario. */
export interface Report {
  readonly scenario: string;
  readonly injected: string;
  readonly seconds: number;
  readonly findings: readonly Finding[];
  /** Why it did not run. */
  readonly skipped?: string;
}

const HEADER = ["scenario", "injected", "looked at", "expected", "found", ""] as const;
/** Wider cells are wrapped by the terminal, and the table is still read. */
const WIDEST = 60;

/** A line for each finding; examples stand below their line. */
export function table(reports: readonly Report[]): string {
  const rows = reports.flatMap(({ scenario, injected, findings, skipped }) => {
    if (skipped !== undefined) return [[scenario, injected, `skipped: ${skipped}`, "", "", ""]];
    return findings.map(({ what, expected, found, ok }, i) => [
      i === 0 ? scenario : "",
      i === 0 ? injected : "",
      what,
      expected,
      found,
      ok === undefined ? "" : ok ? "ok" : "NOT OK",
    ]);
  });
  const first = (cell: string) => cell.split("\n")[0]!;
  const widths = HEADER.map((name, column) =>
    Math.min(WIDEST, Math.max(name.length, ...rows.map((row) => first(row[column]!).length))),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => first(cell).padEnd(widths[column]!))
      .join("  ")
      .trimEnd();
  const below = (cells: readonly string[]) =>
    cells.flatMap((cell) => cell.split("\n").slice(1)).map((text) => `    ${text}`);
  return [line(HEADER), ...rows.flatMap((row) => [line(row), ...below(row)])].join("\n");
}

export function isBad({ findings }: Report): boolean {
  return findings.some(({ ok }) => ok === false);
}
