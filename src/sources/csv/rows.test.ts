import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { textsOf } from "./row.js";
import { LONGEST_ROW, RowSplitter } from "./rows.js";

/** Splits a text that arrives in pieces of so many characters. */
function split(text: string, size = text.length || 1) {
  const rows: (readonly string[])[] = [];
  const lines: number[] = [];
  const bad: { reason: string; line: number; text: string }[] = [];
  const splitter = new RowSplitter(",", {
    row: (row, line) => void (rows.push(textsOf(row)), lines.push(line)),
    bad: (reason, line, text) => void bad.push({ reason, line, text }),
  });
  for (let i = 0; i < text.length; i += size) splitter.push(text.slice(i, i + size));
  splitter.end();
  return { rows, lines, bad };
}

describe("RowSplitter", () => {
  it("splits lines into cells, with and without a last newline", () => {
    expect(split("a,b\n1,\n").rows).toEqual([
      ["a", "b"],
      ["1", ""],
    ]);
    expect(split("a,b\r\n1,2").rows).toEqual([
      ["a", "b"],
      ["1", "2"],
    ]);
    expect(split("").rows).toEqual([]);
  });

  it("leaves out blank lines and still counts them", () => {
    const { rows, lines } = split("a\n\n\r\nb\n");
    expect(rows).toEqual([["a"], ["b"]]);
    expect(lines).toEqual([1, 4]);
  });

  it("takes commas, doubled quotes and newlines inside quotes", () => {
    const { rows, lines, bad } = split('a,b\n"x,y","say ""hi""\r\nthere"\n1,2\n');
    expect(rows).toEqual([
      ["a", "b"],
      ["x,y", 'say "hi"\r\nthere'],
      ["1", "2"],
    ]);
    expect(lines).toEqual([1, 2, 4]);
    expect(bad).toEqual([]);
  });

  it("gives up a line with a stray quote and no other", () => {
    const { rows, bad } = split('a,b\n1,5" nozzle\n"x"y,2\n3,4\n"5",6\n');
    expect(rows).toEqual([
      ["a", "b"],
      ["3", "4"],
      ["5", "6"],
    ]);
    expect(bad.map(({ line, text }) => [line, text])).toEqual([
      [2, '1,5" nozzle'],
      [3, '"x"y,2'],
    ]);
    expect(bad[0]!.reason).toContain("Invalid Opening Quote");
  });

  it("gives up the line of a quote that is never closed, and reads those after it", () => {
    const { rows, bad } = split('a,b\n1,"open\n3,4\n5,6\n', 5);
    expect(rows).toEqual([
      ["a", "b"],
      ["3", "4"],
      ["5", "6"],
    ]);
    expect(bad).toEqual([{ reason: "a quote is opened and never closed", line: 2, text: '1,"open' }]);
  });

  it("holds no more of a quote that is never closed than a row may be long", () => {
    const line = `${"7".repeat(1000)},8\n`;
    const count = Math.ceil((2 * LONGEST_ROW) / line.length);
    const { rows, bad } = split(`1,"open\n${line.repeat(count)}`, 1 << 17);
    expect(bad.map((problem) => problem.line)).toEqual([1]);
    expect(rows).toHaveLength(count);
  });

  it("skips a line that is too long and reads the next", () => {
    const { rows, lines, bad } = split(`a,b\n${"x".repeat(3 * LONGEST_ROW)}\n1,2\n`, 1 << 17);
    expect(rows).toEqual([
      ["a", "b"],
      ["1", "2"],
    ]);
    expect(lines).toEqual([1, 3]);
    expect(bad).toHaveLength(1);
    expect(bad[0]!.line).toBe(2);
  });

  it("gives the same rows wherever the pieces are cut", () => {
    const cell = fc.string({ unit: fc.constantFrom("a", ",", '"', "\n", "\r\n", "é", "1", "😀"), maxLength: 6 });
    const table = fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(table, fc.integer({ min: 2, max: 40 }), (cells, size) => {
        const text = cells.map((row) => row.map((c) => `"${c.replaceAll('"', '""')}"`).join(",") + "\n").join("");
        const whole = split(text);
        expect(whole).toMatchObject({ rows: cells, bad: [] });
        const pieces = split(text, size);
        expect(pieces).toEqual(whole);
      }),
    );
  });

  it("never throws, loses no line that is whole, and reads the same in pieces as at once", () => {
    const noise = fc.string({ unit: fc.constantFrom("a", ",", '"', "\n", "\r", " "), maxLength: 60 });
    fc.assert(
      fc.property(noise, fc.integer({ min: 1, max: 10 }), (text, size) => {
        expect(split(text, size)).toEqual(split(text));
        expect(split(`${text.replaceAll('"', "")}\nz,z`).rows.at(-1)).toEqual(["z", "z"]);
      }),
    );
  });
});
