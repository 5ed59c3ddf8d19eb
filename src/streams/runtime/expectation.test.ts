import { expect, it } from "@jest/globals";
import { RecordMaker } from "../contract/records.js";
import { compare } from "./expectation.js";

const records = new RecordMaker();
const slow = records.at("printer_1", 1, { kind: "adjustment", speed: 50, reason: "rough" });
const normal = records.at("printer_1", 2, { kind: "adjustment", speed: 100, reason: "smooth" });

it("looks at the named parts alone", () => {
  expect(compare({ at: "control", records: [{ key: "printer_1", value: { speed: 50 } }] }, [slow])).toEqual([]);
});

it("takes computed numbers for equal that differ in the last digits", () => {
  const computed = records.at("p", 1, { mean: 0.1 + 0.2 });
  expect(compare({ at: "features", records: [{ value: { mean: 0.3 } }] }, [computed])).toEqual([]);
});

it("shows what was expected and what came, side by side", () => {
  expect(compare({ at: "control", records: [{ value: { speed: 50 } }] }, [normal])).toEqual([
    "control[0]",
    '  - any key {"speed":50}',
    '  + printer_1 {"speed":100}',
  ]);
});

it("says of records too many and too few", () => {
  expect(compare({ at: "control", count: 0 }, [slow])).toEqual(["control: expected 0 records, got 1"]);
  expect(compare({ at: "control", records: [{ value: { speed: 50 } }, { value: { speed: 100 } }] }, [slow])).toEqual([
    "control: expected 2 records, got 1",
    "control[1]",
    '  - any key {"speed":100}',
  ]);
  expect(compare({ at: "control", records: [] }, [slow])[0]).toBe("control: expected 0 records, got 1");
});

it("counts dead letters", () => {
  expect(compare({ at: "in", dead: 1 }, [slow], 1)).toEqual([]);
  expect(compare({ at: "in", dead: 1 }, [slow])).toEqual(["in: expected 1 dead letter, got 0"]);
  expect(compare({ at: "in", dead: 0 }, [], 2)).toEqual(["in: expected 0 dead letters, got 2"]);
});

it("leaves out of a record too many what tells nobody why", () => {
  const lines = compare({ at: "control", records: [] }, [
    records.at("p", 3, { kind: "adjustment", speed: 50, episode: "e" }),
  ]);
  expect(lines.at(-1)).toBe('  + p {"speed":50}');
});

it("tells an absent field from one that is there", () => {
  expect(compare({ at: "in", records: [{ value: { roughness: null } }] }, [slow])).toEqual([]);
  expect(compare({ at: "in", records: [{ value: { roughness: 3 } }] }, [slow])[2]).toBe(
    '  + printer_1 {"roughness":"absent"}',
  );
});
