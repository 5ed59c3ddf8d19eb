import type { Finding } from "./scenario.js";

/** What came of a scenario. */
export interface Report {
  readonly scenario: string;
  readonly injected: string;
  /** How long it took. */
  readonly seconds: number;
  readonly findings: readonly Finding[];
  /** Why it did not run. */
  readonly skipped?: string;
}

const HEADER = ["", "looked at", "expected", "found"] as const;

/** One table a scenario, with examples below their line, and what it comes to. */
export function table(reports: readonly Report[]): string {
  const rows = reports.flatMap(({ findings }) => findings.map(cells));
  const widths = HEADER.map((name, column) =>
    Math.max(name.length, ...rows.map((row) => firstLine(row[column]!).length)),
  );
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => firstLine(cell).padEnd(widths[column]!))
      .join("  ")
      .trimEnd();
  const below = (row: readonly string[]) => row.flatMap((cell) => cell.split("\n").slice(1));
  const parts = reports.map(({ scenario, injected, seconds, findings, skipped }) =>
    skipped === undefined
      ? [
          `${scenario}: ${injected} (${Math.round(seconds)} s)`,
          line(HEADER),
          ...findings.map(cells).flatMap((row) => [line(row), ...below(row)]),
        ]
      : [`${scenario}: ${injected}`, `SKIPPED: ${skipped}`],
  );
  return `${parts.map((part) => part.join("\n")).join("\n\n")}\n\n${summary(reports)}`;
}

export function isBad({ findings }: Report): boolean {
  return findings.some(({ ok }) => ok === false);
}

function cells({ what, expected, found, ok }: Finding): readonly string[] {
  return [ok === undefined ? "" : ok ? "ok" : "NOT OK", what, expected, found];
}

function firstLine(text: string): string {
  return text.split("\n")[0]!;
}

/** `13 scenarios, 1 skipped, NOT OK: kill, clock`. */
function summary(reports: readonly Report[]): string {
  const skipped = reports.filter((report) => report.skipped !== undefined);
  const bad = reports.filter(isBad).map(({ scenario }) => scenario);
  const parts = [
    `${reports.length} ${reports.length === 1 ? "scenario" : "scenarios"}`,
    ...(skipped.length > 0 ? [`${skipped.length} skipped`] : []),
    bad.length > 0 ? `NOT OK: ${bad.join(", ")}` : "all ok",
  ];
  return parts.join(", ");
}
