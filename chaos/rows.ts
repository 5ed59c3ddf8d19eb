import { compareLines, compareOutcomes, compareRows, type Difference } from "./compare.js";
import type { Farm } from "./farm.js";
import type { Place } from "./place.js";
import { exactly, type Finding, finding, told } from "./scenario.js";

/** Whether the database of a disturbed run holds what that of an undisturbed run of the same readings does. */
export async function judgeRows(undisturbed: Place, disturbed: Place, farm: Farm, count: number): Promise<Finding[]> {
  const printers = Array.from({ length: farm.printers }, (_, printer) => farm.name(printer));
  const rows = await compareRows(undisturbed.database.url, disturbed.database.url, printers);
  const lines = compareLines(undisturbed.gate.lines, disturbed.gate.lines);
  const outcomes = [...compareOutcomes(undisturbed.gate.lines, disturbed.gate.lines)];
  return [
    exactly("readings stored by the undisturbed run", count, rows.get("printer_sensor")?.expected ?? 0),
    ...[...rows].sort().map(([measurement, difference]) => judgeDifference(`${measurement}, numbers`, difference)),
    ...[...lines].sort().map(([measurement, difference]) => judgeDifference(`${measurement}, texts too`, difference)),
    finding(
      "outcomes of adjustments",
      "as undisturbed",
      outcomes.length === 0 ? "as undisturbed" : outcomes.map(([change, times]) => `${times} x ${change}`).join("; "),
      outcomes.length === 0,
    ),
    told(
      "samples written again as they were",
      [...rows].map(([measurement, { repeated }]) => `${measurement} ${repeated}`).join(", "),
    ),
  ];
}

export function judgeDifference(what: string, difference: Difference): Finding {
  const { expected, missing, extra, other, conflicting, examples } = difference;
  const wrong = Object.entries({ missing, extra, other, "with two values": conflicting }).filter(
    ([, rows]) => rows > 0,
  );
  const found = wrong.map(([how, rows]) => `${rows} ${how}`).join(", ");
  const shown = examples.map((example) => `\n  ${example}`).join("");
  return finding(what, `${expected} rows`, found === "" ? "the same" : `${found}${shown}`, wrong.length === 0);
}
