import { describe, expect, it } from "@jest/globals";
import { fileKeys, readHeader } from "./header.js";

const header = (line: string, options = {}) => readHeader(line.split(","), "a.csv", options);
const names = (line: string, options = {}) => header(line, options).fields.map((field) => field.name);

describe("readHeader", () => {
  it("finds key and time by their usual names, whatever their case", () => {
    expect(header("roughness,Printer_ID, Timestamp ")).toMatchObject({ width: 3, key: 1, time: 2, mark: -1 });
    expect(header("datetime,key,x")).toMatchObject({ key: 1, time: 0 });
    expect(header("x,y")).toMatchObject({ key: -1, time: -1 });
  });

  it("prefers timestamp to time, datetime and date; the others are fields then", () => {
    expect(header("date,time,timestamp").time).toBe(2);
    expect(names("date,time,timestamp")).toEqual(["date", "time"]);
  });

  it("takes the columns that options name, and the usual ones become fields", () => {
    expect(header("printer_id,machine,ts", { key: "machine", time: "ts" })).toMatchObject({ key: 1, time: 2 });
    expect(names("printer_id,machine,ts", { key: "machine", time: "ts" })).toEqual(["printer_id"]);
  });

  it("says which columns there are where the named one is missing", () => {
    expect(() => header("machine,ts", { key: "machin" })).toThrow(
      'a.csv has no column "machin" for the key. Did you mean "machine"? Its columns: "machine", "ts".',
    );
  });

  it("leaves out columns without a name and keeps time_mark to itself", () => {
    expect(names(",x,,time_mark")).toEqual(["x"]);
    expect(header("x,time_mark").mark).toBe(1);
  });

  it("renames kind, which says of a record what it is", () => {
    expect(names("kind,x")).toEqual(["kind_", "x"]);
    expect(() => header("kind,kind_")).toThrow('two columns are called "kind_"');
  });

  it.each(["__proto__", "constructor", "toString"])("refuses a column called %s", (name) =>
    expect(() => header(`x,${name}`)).toThrow(`a.csv: a column cannot be called "${name}"`),
  );

  it("refuses two columns of one name, and what is not UTF-8", () => {
    expect(() => header("x,y,x")).toThrow('a.csv: two columns are called "x"; rename one');
    expect(() => header("\uFFFD\uFFFDx\0,\0y")).toThrow("a.csv is not a text in UTF-8");
  });
});

describe("fileKeys", () => {
  it("is the file's name without its extension", () =>
    expect(fileKeys(["data/printer_1.csv", "b.tar.csv", "plain"])).toEqual(["printer_1", "b.tar", "plain"]));

  it("tells apart files of one name by their folder", () =>
    expect(fileKeys(["valve1/0.csv", "valve2/0.csv", "other/1.csv"])).toEqual(["valve1_0", "valve2_0", "1"]));
});
