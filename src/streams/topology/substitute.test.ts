import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { resolvePlain, substitute } from "./substitute.js";

const variables = { A: "1", EMPTY: "", TWO_WORDS: "a b" };
const filled = (text: string) => substitute(text, variables).text;

describe("substitute", () => {
  it.each([
    ["${A}", "1"],
    ["x${A}y${TWO_WORDS}", "x1ya b"],
    ["${A:-2}", "1"],
    ["${GONE:-2}", "2"],
    ["${GONE:-}", ""],
    ["${EMPTY}", ""],
    ["${EMPTY:-d}", "d"],
    ["${GONE:-a:-b}", "a:-b"],
    ["$A {A} $ $$", "$A {A} $ $$"],
    ["$${A}", "${A}"],
    ["$${${A}", "${1"],
  ])("makes of %s %s", (text, expected) => {
    expect(substitute(text, variables)).toMatchObject({ text: expected, problems: [] });
  });

  it("says what is not set and how to mend it", () => {
    expect(substitute("${GONE} ${A} ${AWAY}", variables).problems).toEqual([
      "GONE is not set: set it or write ${GONE:-default}",
      "AWAY is not set: set it or write ${AWAY:-default}",
    ]);
  });

  it.each(["${}", "${1A}", "${A", "${A:-${B}}", "${A B}", "${A-b}"])("refuses %s", (text) => {
    expect(substitute(text, variables).problems).toEqual([
      "write ${NAME} or ${NAME:-default} (no braces in the default), or $${ for a plain ${",
    ]);
  });

  it("knows no variables but those that it is given", () => {
    expect(substitute("${constructor:-none}", {}).text).toBe("none");
    expect(substitute("${toString}", {}).problems).toHaveLength(1);
  });

  it("does not fill in what a value holds", () => {
    expect(substitute("${A}", { A: "${B}", B: "x" }).text).toBe("${B}");
  });

  it("gives back any text once it is escaped", () => {
    fc.assert(fc.property(textWithReferences(), (text) => filled(text.replaceAll("${", () => "$${")) === text));
  });

  it("puts any value in the place of its name", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), (before, value, after) => {
        fc.pre(!`${before}$`.includes("${") && !before.endsWith("$") && !after.includes("${"));
        return substitute(`${before}\${V}${after}`, { V: value }).text === before + value + after;
      }),
    );
  });
});

/** Text in which the signs that mean something are frequent; an escape of its own would be escaped twice. */
function textWithReferences(): fc.Arbitrary<string> {
  return fc
    .array(fc.oneof(fc.constantFrom("${", "}", "A", ":-", "{"), fc.string({ maxLength: 3 })))
    .map((parts) => parts.join(""))
    .filter((text) => !text.includes("$${"));
}

describe("resolvePlain", () => {
  it.each([
    ["75", 75],
    [" 75 ", 75],
    ["-1.5e3", -1500],
    ["0x1f", 31],
    ["true", true],
    ["False", false],
    ["null", null],
    ["~", null],
    ["", ""],
    ["  ", ""],
    ["yes", "yes"],
    ["10s", "10s"],
    ["1 2", "1 2"],
    ["[1]", "[1]"],
    ["2026-01-01", "2026-01-01"],
  ])("reads %j as %j", (text, expected) => expect(resolvePlain(text)).toBe(expected));

  it("reads every number back", () => {
    fc.assert(fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (n) => resolvePlain(String(n)) === n));
  });
});
