import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { escapeName, field, tag } from "./line-protocol.js";

describe("tag", () => {
  it.each([
    ["printer_1", ",t=printer_1"],
    ["hall 2, row=3", ",t=hall\\ 2\\,\\ row\\=3"],
    ["two\nlines\ttab", ",t=two\\ lines\\ tab"],
    ["Drucker ä 打印机", ",t=Drucker\\ ä\\ 打印机"],
    ["C:\\prints", ",t=C:\\prints"],
    ["C:\\prints\\", ",t=C:\\prints/"],
    ["a\\ b", ",t=a/\\ b"],
    ["\ud800", ",t=\\ "],
    [17, ",t=17"],
    [true, ",t=true"],
  ])("writes %j as %s", (value, text) => expect(tag("t", value)).toBe(text));

  it.each([[""], [null], [undefined], [{}]])("leaves out %j", (value) => expect(tag("t", value)).toBe(""));

  it("never lets a value end the tag, the line or the series", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const escaped = escapeName(text);
        expect(escaped).not.toMatch(/[\r\n\0]/);
        // A reader in the manner of InfluxDB: a sign counts unless the one before it is a backslash.
        expect(escaped).not.toMatch(/(?<!\\)[ ,=]/);
        // And in that of VictoriaMetrics: unless an odd number of backslashes stands before it.
        expect(escaped.replace(/\\./gsu, "")).not.toMatch(/[ ,=\\]/);
      }),
    );
  });
});

describe("field", () => {
  it.each([
    [215, ",f=215"],
    [0.2, ",f=0.2"],
    [-0, ",f=0"],
    [1e21, ",f=1e+21"],
    [5e-324, ",f=5e-324"],
    [true, ",f=true"],
    [false, ",f=false"],
    ["printing", ',f="printing"'],
    ["", ',f=""'],
    ['say "hi" \\o/', ',f="say \\"hi\\" \\\\o/"'],
    ["two\r\nlines", ',f="two\\\\r\\\\nlines"'],
  ])("writes %j as %s", (value, text) => expect(field("f", value)).toBe(text));

  it.each([[NaN], [Infinity], [-Infinity], [null], [undefined]])("leaves out %d", (value) =>
    expect(field("f", value)).toBe(""),
  );

  it("escapes names, and goes out of the way of those that InfluxDB keeps for itself", () => {
    expect(field("my field", 1)).toBe(",my\\ field=1");
    expect(field("time", 1)).toBe(",time_=1");
    expect(field("", 1)).toBe("");
  });

  it("never lets a text end the line or its own quotes", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(field("f", text)).toMatch(/^,f="(?:[^"\\\r\n\0]|\\["\\])*"$/u);
      }),
    );
  });
});
