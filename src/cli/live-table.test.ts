import { expect, it } from "@jest/globals";
import { of } from "rxjs";
import { RecordMaker } from "../streams/contract/records.js";
import type { Batch } from "../streams/record/record.js";
import type { Adjustment } from "../streams/record/values.js";
import { Farm } from "./farm.js";
import { liveTable } from "./live-table.js";

const records = new RecordMaker();
const evidence = { from: records.at("p", 0, {}).position, to: records.at("p", 0, {}).position };
const raised = { kind: "verdict", rule: "rough", state: "raised", episode: "e1", evidence };
const adjustment: Adjustment = {
  kind: "adjustment",
  speed: 50,
  command_id: "c1",
  reason: "roughness 80.0 above 75",
  issued_at: "2026-01-01T10:20:30.000Z",
  expires_at: "2026-01-01T10:21:00.000Z",
  outcome: "sent",
  episode: "e1",
  evidence,
};
const WIDE = { columns: 160, rows: 50 };
const SMALL = { columns: 80, rows: 24 };

const farmOf = (batch: Batch): Farm => {
  const farm = new Farm();
  farm.watch(of(batch));
  return farm;
};
const lineOf = (told: Partial<Adjustment>, room = WIDE) =>
  liveTable(farmOf([records.at("p", 1, { ...adjustment, ...told })]), [], 0, room)[2]!.replace(/^p +\? +/, "");
const many = (count: number): Batch =>
  Array.from({ length: count }, (_, i) => [
    records.at(`printer_${i}`, 1, { roughness: 80, state: "printing" }),
    ...(i % 20 === 19 ? [records.at(`printer_${i}`, 1, raised), records.at(`printer_${i}`, 1, adjustment)] : []),
  ]).flat();

it("shows a line a printer with its trouble and what was last told to it", () => {
  const batch = [records.at("printer_1", 1, { roughness: 80.04, state: "printing" })];
  const farm = farmOf([...batch, records.at("printer_1", 1, raised), records.at("printer_1", 1, adjustment)]);
  const lines = liveTable(farm, [], 12, WIDE);
  expect(lines[1]).toMatch(/^printer +state +roughness +in 30 s +anomaly +trouble +last adjustment$/);
  expect(lines[2]).toMatch(/^printer_1 +printing +80\.0 +rough +10:20:30 speed 50 %, roughness 80\.0 above 75$/);
  expect(lines.at(-1)).toContain("0 records read in 12 s");
});

it.each([
  [{}, "10:20:30 speed 50 %, roughness 80.0 above 75"],
  [{ fan: 80, nozzle_temp: 210 }, "10:20:30 speed 50 % fan 80 % nozzle 210 °C, roughness 80.0 above 75"],
  [{ pause: true, outcome: "advised" as const }, "10:20:30 speed 50 % pause advised, roughness 80.0 above 75"],
  [{ outcome: "withheld" as const, reason: "x 8 above 7; withheld: it was late" }, "10:20:30 withheld: it was late"],
])("says of the adjustment %j: %s", (told, said) => expect(lineOf(told)).toBe(said));

it.each([
  ["80x24", SMALL, 13],
  ["160x50", WIDE, 39],
  ["40x10", { columns: 40, rows: 10 }, 3],
])("fits 200 printers into %s, troubled ones first", (_, room, shown) => {
  const lines = liveTable(farmOf(many(200)), [], 100, room);
  expect(lines.length).toBeLessThan(room.rows);
  for (const line of lines) expect(line.length).toBeLessThan(room.columns);
  const printers = lines.filter((line) => line.startsWith("printer_"));
  expect(printers).toHaveLength(shown);
  expect(printers.map((line) => line.slice(0, 11).trim()).slice(0, 3)).toEqual([
    "printer_19",
    "printer_39",
    "printer_59",
  ]);
  const troubled = 10 - Math.min(10, shown);
  expect(lines).toContain(`and ${200 - shown} more${troubled > 0 ? `, ${troubled} of them in trouble` : ""}`);
});

it("lets no text of a printer break the table", () => {
  const name = `p${"x".repeat(200)}`;
  const farm = farmOf([records.at(name, 1, { roughness: 1, state: `\u001b[2Jstate${"y".repeat(200)}` })]);
  const [, , line] = liveTable(farm, [], 0, SMALL);
  expect(line).toMatch(/^px{18}… {2}\?\[2Jstatey+… +1\.0$/);
});

it("says first whose other side is away", () => {
  const away = { node: "influxdb", connected: false, role: "sink", in: 0, dead: 3, sides: {} };
  expect(liveTable(new Farm(), [away as never], 0, SMALL).at(-1)).toMatch(
    /^cannot write: influxdb · .* 3 dead letters · 0 late/,
  );
});
