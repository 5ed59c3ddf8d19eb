import { expect, it } from "@jest/globals";
import { of } from "rxjs";
import { RecordMaker } from "../streams/contract/records.js";
import type { Batch } from "../streams/record/record.js";
import { Farm } from "./farm.js";
import { liveTable } from "./live-table.js";

const records = new RecordMaker();
const evidence = { from: records.at("p", 0, {}).position, to: records.at("p", 0, {}).position };
const farmOf = (...batch: Batch): Farm => {
  const farm = new Farm();
  farm.watch(of(batch));
  return farm;
};
const adjustment = {
  kind: "adjustment",
  speed: 50,
  command_id: "c1",
  reason: "roughness 80 above 75",
  issued_at: "2026-01-01T10:20:30.000Z",
  expires_at: "2026-01-01T10:21:00.000Z",
  outcome: "sent",
  episode: "e1",
  evidence,
};

it("keeps the newest of each printer and sorts names as people do", () => {
  const farm = farmOf(
    records.at("printer_10", 1, { roughness: 30, state: "printing" }),
    records.at("printer_2", 2, { roughness: 40, state: "printing" }),
    records.at("printer_2", 1, { roughness: 99, state: "idle" }),
    records.at("printer_2", 3, { roughness: null, state: "paused" }),
  );
  expect(farm.printers().map(([name]) => name)).toEqual(["printer_2", "printer_10"]);
  expect(farm.printers()[0]![1]).toMatchObject({ roughness: 40, state: "paused" });
});

it("takes predictions, adjustments and the word that a printer is away", () => {
  const farm = farmOf(
    records.at("a", 1, { roughness: 30 }),
    records.at("a", 2, { kind: "prediction", fields: { roughness: 33.3 }, evidence }),
    records.at("a", 2, { kind: "prediction", fields: { anomaly_score: 0.5 }, evidence }),
    records.at("a", 3, adjustment),
    records.mark("a", 3, "gone"),
  );
  expect(farm.printers()[0]![1]).toMatchObject({ predicted: 33.3, anomaly: 0.5, state: "offline" });
});

it("shows a line a printer with what was last told to it", () => {
  const farm = farmOf(
    records.at("printer_1", 1, { roughness: 80.04, state: "printing" }),
    records.at("printer_1", 1, adjustment),
  );
  const lines = liveTable(farm, [], 12);
  expect(lines[1]).toMatch(/^printer +state +roughness +in 30 s +anomaly +last adjustment$/);
  expect(lines[2]).toMatch(/^printer_1 +printing +80\.0 +10:20:30 speed 50 % roughness 80 above 75$/);
  expect(lines.at(-1)).toContain("0 records read in 12 s");
});

it("says whose other side is away", () => {
  const away = { node: "influxdb", connected: false, role: "sink", in: 0, dead: 3, sides: {} };
  expect(liveTable(new Farm(), [away as never], 0).at(-1)).toContain(
    "3 dead letters · 0 late · cannot write: influxdb",
  );
});
