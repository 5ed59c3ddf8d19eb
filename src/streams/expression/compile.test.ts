import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { RecordMaker } from "../contract/records.js";
import type { FieldValue } from "../record/values.js";
import { compileCondition, compileExpression } from "./compile.js";

const records = new RecordMaker();
const reading = {
  roughness: 80,
  nozzle_temp: 210,
  nozzle_target: 215,
  state: "printing",
  filament_present: true,
  anomaly: null,
  broken: NaN,
};

const evaluate = (text: string, value: object = reading): FieldValue | undefined =>
  compileExpression(text).evaluate(records.at("printer_1", 12.5, value));
const holds = (text: string, value: object = reading): boolean =>
  compileCondition(text).holds(records.at("printer_1", 12.5, value));

describe("expression", () => {
  it.each([
    ["roughness", 80],
    ["nozzle_target - nozzle_temp", 5],
    ["-roughness + 1", -79],
    ["+roughness", 80],
    ["roughness % 7", 3],
    ["1 + 2 * 3", 7],
    ["(1 + 2) * 3", 9],
    ["8 / 2 / 2", 2],
    ["state", "printing"],
    ["roughness > 75 ? 'rough' : 'smooth'", "rough"],
    ["roughness > 90 ? 1 : 2", 2],
    ["roughness > 75 && filament_present", true],
    ["roughness > 75 ? nozzle_temp : 'none'", 210],
    ["roughness > 75 ? filament_present : false", true],
    ["roughness > 75 ? 1 < 2 : false", true],
    ["key", "printer_1"],
    ["time", 12.5],
    ["abs(nozzle_temp - nozzle_target)", 5],
    ["min(roughness, 90)", 80],
    ["max(3)", 3],
    ["max(1, roughness, nozzle_temp)", 210],
    ["round(2.5) + floor(2.5) + ceil(2.5)", 8],
    ["sqrt(16)", 4],
    ["log(exp(2))", 2],
    ["clamp(roughness, 0, 75)", 75],
    ["clamp(0 - 5, 0, 75)", 0],
  ])("%s is %p", (text, expected) => expect(evaluate(text)).toBe(expected));

  it.each(["vibration", "anomaly", "broken", "vibration + 1", "anomaly * 2", "state * 2", "filament_present + 1"])(
    "%s is not known",
    (text) => expect(evaluate(text)).toBeUndefined(),
  );

  it.each(["1 / 0", "log(0)", "sqrt(0 - 1)", "max(1, vibration)", "clamp(vibration, 0, 1)", "abs(state)"])(
    "%s is no finite number and so not known",
    (text) => expect(evaluate(text)).toBeUndefined(),
  );

  it("names the fields that it reads, and not the key and the time", () => {
    const { fields } = compileExpression("exists(state) ? roughness / time : abs(roughness) + (key == 'a' ? 1 : 0)");
    expect([...fields]).toEqual(["state", "roughness"]);
  });

  it("reads features, predictions and windows", () => {
    const features = { kind: "features", names: ["a_mean", "b_mean"], values: Float64Array.of(1, NaN), evidence: {} };
    expect(evaluate("a_mean * 2", features)).toBe(2);
    expect(evaluate("b_mean", features)).toBeUndefined();
    expect(evaluate("anomaly_score", { kind: "prediction", fields: { anomaly_score: 0.5 } })).toBe(0.5);
    expect(evaluate("count", { kind: "window", count: 3, fields: [], summaries: new Float64Array() })).toBe(3);
  });
});

describe("condition", () => {
  it.each([
    "roughness > 75",
    "roughness >= 80 && roughness <= 80",
    "roughness < 81",
    "roughness == 80",
    "roughness != 81",
    "roughness != '80'",
    "state == 'printing'",
    'state == "printing"',
    "state != 'idle'",
    "filament_present",
    "filament_present == true",
    "!(roughness > 90)",
    "exists(roughness)",
    "!exists(vibration) && !exists(anomaly) && !exists(broken)",
    "exists(key)",
    "roughness > 90 || state == 'printing'",
    "vibration > 1 || true",
    "roughness > 90 ? false : filament_present",
  ])("%s holds", (text) => expect(holds(text)).toBe(true));

  it.each([
    "roughness == '80'",
    "state",
    "roughness",
    "state > 75",
    "vibration > 1",
    "vibration < 1",
    "vibration == 1",
    "vibration != 1",
    "vibration == anomaly",
    "broken != 1",
    "broken == broken",
    "vibration + 1 != 2",
    "anomaly != 'spaghetti'",
    "vibration && true",
    "false && filament_present",
  ])("%s does not hold", (text) => expect(holds(text)).toBe(false));

  it("does not look at the right side where the left one decides", () => {
    const value = {
      a: 1,
      get b(): number {
        throw new Error("was read");
      },
    };
    expect(holds("a == 2 && b == 1", value)).toBe(false);
    expect(holds("a == 1 || b == 1", value)).toBe(true);
    expect(evaluate("a == 1 ? 5 : b", value)).toBe(5);
  });
});

describe("every expression", () => {
  const value = fc.oneof(
    fc.double(),
    fc.string(),
    fc.boolean(),
    fc.constant(null),
    fc.object(),
    fc.constant(undefined),
  );
  const texts = [
    "a + b * c - d / a % b",
    "a > b && c < d || !a",
    "a == b ? c : d",
    "a != b",
    "min(a, b, c) + clamp(a, b, c) + log(d)",
    "exists(a) && exists(b)",
    "a",
  ];

  it("never throws, whatever a record holds, and gives a finite number, a text, a truth or nothing", () => {
    const expressions = texts.map(compileExpression);
    fc.assert(
      fc.property(fc.record({ a: value, b: value, c: value, d: value }, { requiredKeys: [] }), (fields) => {
        for (const expression of expressions) {
          const result = expression.evaluate(records.at("printer_1", 1, fields));
          expect(["number", "string", "boolean", "undefined"]).toContain(typeof result);
          if (typeof result === "number") expect(Number.isFinite(result)).toBe(true);
        }
      }),
    );
  });

  it("takes the precedence of JavaScript", () => {
    const number = fc.oneof(fc.constantFrom("a", "b", "c"), fc.nat(9).map(String));
    const operator = fc.constantFrom("+", "-", "*", "/", "%");
    const chain = fc
      .tuple(number, fc.array(fc.tuple(operator, number), { maxLength: 5 }))
      .map(([first, rest]) => first + rest.map(([sign, next]) => ` ${sign} ${next}`).join(""));
    const comparison = fc
      .tuple(chain, fc.constantFrom("<", "<=", ">", ">=", "==", "!="), chain)
      .map((parts) => parts.join(" "));
    const logic = fc
      .array(fc.tuple(comparison, fc.constantFrom("&&", "||"), comparison), { minLength: 1, maxLength: 3 })
      .map((parts) => parts.map((part) => part.join(" ")).join(" || "));
    fc.assert(
      fc.property(chain, logic, fc.nat(9), fc.nat(9), fc.nat(9), (sum, truth, a, b, c) => {
        // eslint-disable-next-line @typescript-eslint/no-implied-eval, @typescript-eslint/no-unsafe-call -- the language itself is the reference
        const inJavaScript = (text: string): unknown => new Function("a", "b", "c", `return ${text}`)(a, b, c);
        const expected = inJavaScript(sum) as number;
        expect(evaluate(sum, { a, b, c })).toBe(Number.isFinite(expected) ? expected : undefined);
        // NaN is not known here, so != differs from JavaScript's on it.
        if (!/[/%]/.test(truth)) expect(holds(truth, { a, b, c })).toBe(inJavaScript(truth));
      }),
    );
  });
});
