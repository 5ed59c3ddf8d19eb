import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { stringify } from "yaml";
import { smallRegistry } from "../contract/definitions.js";
import { smallPipeline } from "../contract/pipelines.js";
import { compile } from "./compile.js";

/** A topology, or at least one error; every problem inside the file. */
function holds(text: string): void {
  const compiled = compile({ path: "x.yaml", text }, smallRegistry, { A: "1", INFLUXDB_URL: "http://db" });
  const problems = "problems" in compiled ? compiled.problems : compiled.warnings;
  expect(problems.some(({ severity }) => severity === "error")).toBe("problems" in compiled);
  const lines = text.split(/\r\n|\n/);
  for (const { file, line, column, message } of problems) {
    expect({ file, message: typeof message }).toEqual({ file: "x.yaml", message: "string" });
    expect(line).toBeGreaterThanOrEqual(1);
    expect(line).toBeLessThanOrEqual(lines.length);
    expect(column).toBeGreaterThanOrEqual(1);
    expect(column).toBeLessThanOrEqual(lines[line - 1]!.length + 1);
  }
}

const WORDS = [
  "sources",
  "operators",
  "sinks",
  "type",
  "from",
  "enabled",
  "mqtt",
  "window",
  "table",
  "${A}",
  "${GONE}",
];
const word = fc.oneof(fc.constantFrom(...WORDS), fc.string({ maxLength: 5 }));

describe("compile", () => {
  it("holds for any text", () => {
    fc.assert(fc.property(fc.string({ unit: "binary" }), holds));
    const yamlish = fc.constantFrom(
      "- ",
      ": ",
      "{",
      "}",
      "[",
      "]",
      "\n",
      "  ",
      "&a ",
      "*a",
      "!!x ",
      "'",
      '"',
      "|",
      "#",
      "${A}",
    );
    fc.assert(
      fc.property(
        fc.array(fc.oneof(yamlish, word)).map((parts) => parts.join("")),
        holds,
      ),
      { numRuns: 200 },
    );
  });

  it("holds for any object", () => {
    const value = fc.object({ key: word, maxDepth: 4, values: [word, fc.integer(), fc.boolean(), fc.constant(null)] });
    fc.assert(
      fc.property(value, (given) => holds(stringify(given))),
      { numRuns: 150 },
    );
  });

  it("holds for any sections", () => {
    const type = fc.constantFrom("mqtt", "window", "extract", "threshold", "pass", "feedback", "table", "tabel");
    const name = fc.constantFrom("a", "b", "c", "d.late", "d");
    const node = fc.record(
      {
        type,
        from: fc.oneof(name, fc.array(name, { maxLength: 3 })),
        enabled: fc.boolean(),
        size: fc.constant("1s"),
        topics: fc.constant(["t"]),
        late: fc.constant("side"),
      },
      { requiredKeys: ["type"] },
    );
    const section = fc.dictionary(name, node, { maxKeys: 4 });
    const file = fc.record({ name: fc.constant("x"), sources: section, operators: section, sinks: section });
    fc.assert(
      fc.property(file, (given) => holds(stringify(given))),
      { numRuns: 200 },
    );
  });

  it("holds for a good file with any line gone, doubled or moved in", () => {
    const lines = smallPipeline.split("\n");
    const change = fc.record({ at: fc.nat(lines.length - 1), how: fc.constantFrom("gone", "doubled", "moved") });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), (changes) => {
        const changed = lines.map((line, i) => {
          const how = changes.find(({ at }) => at === i)?.how;
          return how === "gone" ? [] : how === "doubled" ? [line, line] : how === "moved" ? [`  ${line}`] : [line];
        });
        holds(changed.flat().join("\n"));
      }),
      { numRuns: 150 },
    );
  });

  it("holds for a good file with any character changed", () => {
    const place = fc.nat(smallPipeline.length - 1);
    fc.assert(
      fc.property(
        place,
        fc.constantFrom("", " ", "x", ":", "{", "}", "[", '"', "$", "\t", "\n", "#", "&", "*"),
        (at, sign) => holds(smallPipeline.slice(0, at) + sign + smallPipeline.slice(at + 1)),
      ),
      { numRuns: 200 },
    );
  });
});
