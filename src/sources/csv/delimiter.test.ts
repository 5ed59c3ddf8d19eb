import { describe, expect, it } from "@jest/globals";
import { findDelimiter } from "./delimiter.js";

describe("findDelimiter", () => {
  it.each([
    ["a,b,c\n1,2,3\n", ","],
    ["a;b;c\n1;2;3\n", ";"],
    ["a\tb\tc\r\n1\t2\t3\r\n", "\t"],
    ["a", ","],
    ["", ","],
    ["t;x\n1;2,5\n2;3,5\n3;1\n", ";"],
    ["time;temp, °C;hum, %\n1;2;3\n2;3;4\n", ";"],
    ['"a;b";"c;d",e\n1,2\n3,4\n', ","],
    ["a,b;c\n1,2;3\n", ","],
  ])("finds the delimiter of %j", (text, expected) => expect(findDelimiter(text)).toBe(expected));
});
