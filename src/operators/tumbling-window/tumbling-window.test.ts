import { describe, expect, it } from "@jest/globals";
import { contextFor } from "../../streams/contract/context.js";
import { operatorContract } from "../../streams/contract/operator.js";
import { RecordMaker } from "../../streams/contract/records.js";
import type { RecordOperator } from "../../streams/component/definition.js";
import type { Window } from "../../streams/record/values.js";
import { tumblingWindow } from "./index.js";

/**
 * What comes out as readings of one second each go in: `x` is a reading, `-` nothing, `i` and `g` mark the printer idle
 * and gone, `p` a record that went no further, `<` a reading ten seconds too old, `|` the end. Below it stands the number
 * of records of the window that comes out there, or `L` for a late record.
 */
function picture(input: string, options: object): string {
  const records = new RecordMaker();
  const operator = tumblingWindow.open(tumblingWindow.options.parse(options), contextFor()) as RecordOperator<
    any,
    Window
  >;
  const causes = { i: "idle", g: "gone", p: "passed" } as const;
  return Array.from(input)
    .map((sign, second) => {
      let out = "";
      const output = {
        emit: ({ value }: { value: Window }) => void (out += String(value.count)),
        side: () => void (out += "L"),
      };
      if (sign === "x") operator.process(records.at("p", second, { a: 1 }), output, 0);
      else if (sign === "<") operator.process(records.at("p", second - 10, { a: 1 }), output, 0);
      else if (sign === "|") operator.flush!(output);
      else if (sign !== "-")
        operator.advance!(records.mark("p", second, causes[sign as keyof typeof causes]), output, 0);
      return out || "-";
    })
    .join("");
}

describe("operator: tumbling-window", () => {
  const records = new RecordMaker();
  operatorContract({
    definition: tumblingWindow,
    options: { size: "5s", lateness: "1s" },
    elements: Array.from({ length: 20 }, (_, second) => [
      records.at("printer_1", second - (second % 3), { roughness: second, nozzle_temp: 200 + second }),
      records.at("printer_2", 2 * second, { roughness: -second }),
      records.mark("printer_2", 2 * second, second === 12 ? "idle" : "passed"),
    ]).flat(),
  });

  describe("pictures", () => {
    it.each([
      ["xxxxxxxxxxx", "----------" + "-", { size: "20s" }],
      ["xxxxxxxxxxx", "----------" + "*", { size: "10s" }],
      ["x----x---x|", "-----1---1" + "1", { size: "4s" }],
      ["xxxx--x|", "----" + "--4" + "1", { size: "5s" }],
      ["xxx--xxx|", "-------3" + "3", { size: "5s", lateness: "2s" }],
      ["xxi-----x|", "--2------" + "1", { size: "5s" }],
      ["xxg|", "--2-", { size: "5s" }],
      ["xx---p-|", "-----2--", { size: "5s" }],
      ["-----------x<|", "------------L" + "1", { size: "5s" }],
      ["-----------x<|", "-------------" + "2", { size: "20s" }],
      ["|", "-", { size: "5s" }],
      ["i|", "--", { size: "5s" }],
      ["x|", "-1", { size: "5s" }],
    ])("%s", (input, expected, options) => expect(picture(input, options)).toBe(expected.replace("*", "10")));
  });

  it("has a stream of late records, unless they are dropped", () => {
    const sides = (options: object) => tumblingWindow.sides!([], tumblingWindow.options.parse(options));
    expect(sides({ size: "10s" })).toEqual({ late: { kind: "late" } });
    expect(sides({ size: "10s", late: "drop" })).toEqual({});
  });

  it.each([
    [{}, "write a whole number and a unit"],
    [{ size: "0s" }, "write a duration above zero"],
    [{ size: "10s", lateness: "5" }, "write a whole number and a unit"],
    [{ size: "10s", late: "keep" }, "write side, drop or amend"],
    [{ size: "10s", amend_for: "1m" }, "goes with late: amend"],
  ])("refuses %j", (options, message) =>
    expect(tumblingWindow.options.safeParse(options).error!.issues[0]!.message).toContain(message),
  );
});
