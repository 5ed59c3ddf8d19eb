import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { z } from "zod";
import { condition, expression } from "./field.js";
import { DEEPEST_NESTING, LONGEST_EXPRESSION } from "./parse.js";

const problem = (text: unknown, field: typeof condition | typeof expression = condition): string => {
  const result = z.strictObject({ where: field }).safeParse({ where: text });
  expect(result.error?.issues).toHaveLength(1);
  expect(result.error!.issues[0]!.path).toEqual(["where"]);
  return result.error!.issues[0]!.message;
};

describe("what is refused", () => {
  it.each([
    ["roughness === 80", `column 11 of "roughness === 80": there is no ===; write ==`],
    ["a !== b", "column 3 of", "write !="],
    ["roughness = 80", "column 11 of", "write == to compare"],
    ["roughness += 80", "column 12 of", "Expected expression after +"],
    ["a & b", "column 3", "write &&"],
    ["(a > 1) | (b > 1)", "column 9", "write ||"],
    ["a ** 2 > 1", "column 3", "x * x"],
    ["a ?? b", "column 3", "exists(x) ? x : y"],
    ["a >> 1", "column 3", "there is no >>"],
    ["~a", "column 1", "there is no ~"],
    ["roughness > 75 && nozzle.temp > 1", "column 19", "records are flat"],
    ["a['b']", "column 1", "records are flat"],
    ["a?.b", "column 1", "records are flat"],
    ["this", "column 1", `there is no "this"`],
    ["1 + this > 1", "column 5", `there is no "this"`],
    ["[1, 2]", "column 1", "there are no lists"],
    ["`printing`", "column 1", "single quotes"],
    ["state == null", "column 10", "exists(field)"],
    ["state == undefined", "column 10", "exists(field)"],
    ["a == NaN", "column 6", "exists(field)"],
    ["constructor == 1", "column 1", "cannot be the name of a field"],
    ["__proto__ == 1", "column 1", "cannot be the name of a field"],
    ["a > 1 and b > 1", "column 7", "write && for and"],
    ["a > 1 b > 1", "column 7", "join the two with && or ||"],
    ["a > 1, b > 1", "column 8", "join the two with && or ||"],
    ["a > 1; b > 1", "column 8", "join the two with && or ||"],
    ["", "column 1", "it is empty"],
    ["   ", "column 1", "it is empty"],
    ["a >", "column 4", "Expected expression"],
    ["()", "column 1", "nothing to evaluate"],
    ["max(1, , 2) > 1", "column", ""],
    [";", "column 1", "nothing to evaluate"],
    ["(a > 1", "column", "Unclosed ("],
    ["'abc", "column", "Unclosed quote"],
    ["sqr(a) > 1", "column 1", `there is no function "sqr". Did you mean "sqrt"?`],
    ["process(1)", "column 1", "Known: abs, min"],
    ["toString() == 1", "column 1", `there is no function "toString"`],
    ["(f)(1) > 1", "column 1", `there is no function "f"`],
    ["abs(1)(2) > 1", "column 1", "only functions by name"],
    ["abs() > 1", "column 1", "write abs(x)"],
    ["abs(1, 2) > 1", "column 1", "abs is given 2 values"],
    ["clamp(1) > 1", "column 1", "write clamp(x, low, high)"],
    ["abs('a') > 1", "column 5", "abs takes numbers, and this is a text"],
    ["exists(a + 1)", "column 1", "exists takes the name of one field"],
    ["exists(a, b)", "column 1", "exists takes the name of one field"],
    ["exists('a')", "column 1", "exists takes the name of one field"],
    ["'a' + 1 > 1", "column 1", "+ takes numbers"],
    ["a < 'b'", "column 5", "< takes numbers"],
    ["1 + (a > 2) > 0", "column 8", "takes numbers, and this is a condition"],
    ["!5", "column 2", "this is a number and no condition"],
    ["roughness + 1", "column 11", "this is a number and no condition"],
    ["'printing'", "column 1", "this is a text and no condition"],
    ["a > 1 && 5", "column 10", "this is a number and no condition"],
    ["1 == 'a'", "column 3", "never the same"],
    ["key == 5", "column 5", "never the same"],
  ])("%s", (text, ...parts) => {
    for (const part of parts) expect(problem(text)).toContain(part);
  });

  it("is anything but a text, with a hint", () => {
    for (const wrong of [true, 5, null, ["a"]]) expect(problem(wrong)).toContain("write an expression in quotes");
  });

  it("is a text that is very long or very deep", () => {
    expect(problem("(".repeat(100_000))).toContain(`longer than ${LONGEST_EXPRESSION}`);
    expect(problem("(".repeat(400) + ")".repeat(400))).toContain(`nested more than ${DEEPEST_NESTING} deep`);
    expect(problem("!".repeat(400) + "a")).toContain(`nested more than ${DEEPEST_NESTING} deep`);
    expect(problem("f(".repeat(300))).toContain(`nested more than ${DEEPEST_NESTING} deep`);
    expect(() => condition.parse(`${"(".repeat(45)}a > 1${")".repeat(45)}`)).not.toThrow();
    expect(() => condition.parse(`0${" + a".repeat(240)} > 1`)).not.toThrow();
  });

  it("never throws anything but a problem with its column", () => {
    const scraps = fc.constantFrom(..."abc0 9.()[]{}'\"!&|<>=+-*/%?:,;`~^@#\\\n$é".split(""), "exists", "key", "true");
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(scraps).map((parts) => parts.join("")),
        ),
        (text) => {
          const result = expression.safeParse(text);
          if (!result.success) expect(result.error.issues[0]!.message).toMatch(/^column \d+ of "/);
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe("the schema", () => {
  it("is a string in JSON Schema", () => {
    const schema = z.toJSONSchema(z.strictObject({ where: condition, set: expression }), { io: "input" });
    expect(schema.properties).toMatchObject({ where: { type: "string" }, set: { type: "string" } });
  });

  it("gives what its examples say", () => {
    for (const example of condition.in.meta()!.examples as string[])
      expect(() => condition.parse(example)).not.toThrow();
    for (const example of expression.in.meta()!.examples as string[])
      expect(() => expression.parse(example)).not.toThrow();
  });
});
