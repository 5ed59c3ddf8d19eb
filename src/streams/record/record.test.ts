import { describe, expect, it } from "@jest/globals";
import { RecordMaker } from "../contract/records.js";
import { derive, isMark, markAt, positionText } from "./record.js";

describe("record", () => {
  const record = new RecordMaker("sensors").at("printer_1", 2, { x: 1 });

  it("derives another value at the same key, time and position, and leaves the first as it was", () => {
    const derived = derive(record, "new");
    expect(derived).toEqual({ ...record, value: "new" });
    expect(record.value).toEqual({ x: 1 });
  });

  it("marks the place of an element", () => {
    const mark = markAt(record, "passed");
    expect(mark).toEqual({ ...record, value: undefined, cause: "passed" });
    expect(isMark(mark)).toBe(true);
    expect(isMark(record)).toBe(false);
  });

  it("writes a position as stream/partition@offset", () =>
    expect(positionText({ stream: "sensors", partition: 3, offset: 1042 })).toBe("sensors/3@1042"));
});
