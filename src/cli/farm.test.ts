import { expect, it } from "@jest/globals";
import { of } from "rxjs";
import { RecordMaker } from "../streams/contract/records.js";
import type { Batch } from "../streams/record/record.js";
import { Farm } from "./farm.js";

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

it("puts printers in trouble first, then those that are away, until the episode ends", () => {
  const verdict = (state: string, episode: string, rule = "rough") => ({
    kind: "verdict",
    rule,
    state,
    episode,
    evidence,
  });
  const batch = [
    records.at("a", 1, { roughness: 30, state: "printing" }),
    records.at("b", 1, { roughness: 30, state: "printing" }),
    records.mark("b", 2, "idle"),
    records.at("c", 1, { roughness: 80, state: "printing" }),
    records.at("c", 1, verdict("raised", "c1")),
    records.at("c", 2, verdict("cleared", "another")),
    records.at("d", 1, verdict("raised", "d1")),
    records.at("d", 1, verdict("raised", "d2", "odd")),
  ];
  const names = (farm: Farm) => farm.printers().map(([name]) => name);
  expect(names(farmOf(...batch))).toEqual(["d", "c", "b", "a"]);
  expect(names(farmOf(...batch, records.at("c", 3, verdict("cleared", "c1"))))).toEqual(["d", "b", "a", "c"]);
});

it("shows a printer that came later in its place", () => {
  const farm = farmOf(records.at("b", 1, { roughness: 30 }));
  expect(farm.printers()).toHaveLength(1);
  farm.watch(of([records.at("a", 1, { roughness: 31 })]));
  expect(farm.printers().map(([name]) => name)).toEqual(["a", "b"]);
});
