import { describe, expect, it } from "@jest/globals";
import { contextFor } from "../../streams/contract/context.js";
import { operatorContract } from "../../streams/contract/operator.js";
import { RecordMaker, feed } from "../../streams/contract/records.js";
import type { RecordOperator } from "../../streams/component/definition.js";
import { features, reading } from "../../streams/record/record-type.js";
import { filter } from "./index.js";

const records = new RecordMaker();
const open = (where: string) =>
  filter.open(filter.options.parse({ where }), contextFor()) as RecordOperator<unknown, unknown>;

describe("operator: filter", () => {
  operatorContract({
    definition: filter,
    options: { where: "roughness > 75" },
    elements: [
      records.at("printer_1", 1, { roughness: 80 }),
      records.at("printer_2", 1, { roughness: 20 }),
      records.mark("printer_1", 2),
      records.at("printer_1", 2, { roughness: 70 }),
      records.at("printer_2", 2, { roughness: 90 }),
    ],
  });

  it("lets the very record through, not a copy", () => {
    const rough = records.at("printer_1", 1, { roughness: 80 });
    expect(feed(open("roughness > 75"), [rough]).main[0]).toBe(rough);
  });

  it("lets nothing through that lacks the field or has it as text, null or NaN", () => {
    const values = [{}, { roughness: null }, { roughness: NaN }, { roughness: "80" }, { other: 80 }];
    const elements = values.map((value, i) => records.at("printer_1", i, value));
    expect(feed(open("roughness > 75"), elements).main).toEqual([]);
    expect(feed(open("roughness <= 75"), elements).main).toEqual([]);
  });

  it("judges by key and time, too", () => {
    const elements = [records.at("a", 1, {}), records.at("b", 1, {}), records.at("a", 5, {})];
    expect(feed(open("key == 'a' && time >= 2"), elements).main).toEqual([elements[2]]);
  });

  it("emits what it is given", () => {
    const options = filter.options.parse({ where: "a > 1" });
    expect(filter.emits([reading], options)).toBe(reading);
    const type = features(["a"]);
    expect(filter.emits([type], options)).toBe(type);
    expect(() => filter.emits([reading, type], options)).toThrow("give each a node of its own");
  });

  it("says where an expression is wrong", () => {
    const { error } = filter.options.safeParse({ where: "roughness = 75" });
    expect(error!.issues[0]).toMatchObject({ path: ["where"], message: expect.stringContaining("column 11") });
  });
});
