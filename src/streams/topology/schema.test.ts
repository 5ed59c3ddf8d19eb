import { describe, expect, it } from "@jest/globals";
import { parse } from "yaml";
import { smallRegistry } from "../contract/definitions.js";
import { smallPipeline } from "../contract/pipelines.js";
import type { JsonSchema } from "./json-schema.js";
import { pipelineSchema } from "./schema.js";

const schema = pipelineSchema(smallRegistry);

/** As much of a validator as this schema needs: the paths at which a value does not fit. */
function faults(value: unknown, part: JsonSchema, at = ""): string[] {
  const found: string[] = [];
  const fits = (inner: JsonSchema, given: unknown = value) => faults(given, inner).length === 0;
  const { type, properties = {}, additionalProperties } = part;
  if (typeof part.$ref === "string")
    found.push(...faults(value, (schema.$defs as Record<string, JsonSchema>)[part.$ref.split("/").at(-1)!]!, at));
  if (
    type !== undefined &&
    ![type].flat().includes(typeOf(value)) &&
    !([type].flat().includes("number") && typeOf(value) === "integer")
  )
    return [`${at} is no ${[type].flat().join("/")}`];
  if (part.const !== undefined && part.const !== value) found.push(`${at} is not ${JSON.stringify(part.const)}`);
  if (part.enum && !part.enum.includes(value)) found.push(`${at} is none of the choices`);
  if (part.anyOf && !part.anyOf.some((branch) => fits(branch))) found.push(`${at} fits no branch`);
  for (const branch of part.allOf ?? []) found.push(...faults(value, branch, at));
  if (part.if && part.then && fits(part.if)) found.push(...faults(value, part.then, at));
  if (typeof value === "string" && part.pattern && !new RegExp(part.pattern).test(value))
    found.push(`${at} does not match`);
  if (typeof value === "number" && (value < (part.minimum ?? -Infinity) || value > (part.maximum ?? Infinity)))
    found.push(`${at} is out of range`);
  if (Array.isArray(value))
    value.forEach((item, i) => typeof part.items === "object" && found.push(...faults(item, part.items, `${at}/${i}`)));
  else if (typeof value === "object" && value !== null) {
    for (const name of part.required ?? []) if (!(name in value)) found.push(`${at} lacks ${name}`);
    for (const [name, inner] of Object.entries(value)) {
      const place = `${at}/${name}`;
      if (part.propertyNames && !fits(part.propertyNames, name)) found.push(`${place} is no name`);
      const known = properties[name] ?? additionalProperties;
      if (known === false) found.push(`${place} is unknown`);
      if (typeof known === "object") found.push(...faults(inner, known, place));
    }
  }
  return found;
}

function typeOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  return Number.isInteger(value) ? "integer" : typeof value;
}

describe("the JSON Schema of a pipeline file", () => {
  it("takes a file that is in order", () => {
    expect(faults(parse(smallPipeline), schema)).toEqual([]);
  });

  it("takes every example of every component", () => {
    const sections = { source: "sources", operator: "operators", sink: "sinks" } as const;
    for (const { role, type, examples } of smallRegistry.definitions)
      for (const example of examples) {
        const node = { type, ...(role !== "source" && { from: "a" }), ...example };
        const file = { name: "x", sources: {}, [sections[role]]: { n: node } };
        expect(faults(file, schema)).toEqual([]);
      }
  });

  it.each([
    ["name: quality", "name: Quality", "/name fits no branch"],
    ["sources:", "sorces:", "/sorces is unknown"],
    ["type: window", "type: windows", "/operators/spans/type fits no branch"],
    ["size: 30s, ", "", "/operators/spans lacks size"],
    ["size: 30s", "size: 30", "/operators/spans/size fits no branch"],
    ["late: side", "late: keep", "/operators/spans/late fits no branch"],
    ["from: spans, ", "", "/operators/features lacks from"],
    ["clear: 70", "clear: high", "/operators/rough/clear fits no branch"],
    ["cooldown:", "cooldwn:", "/sinks/control/cooldwn is unknown"],
    ["speed: 50 }, cool", "speed: 500 }, cool", "/sinks/control/adjust/speed fits no branch"],
    ["insert: { at", "insert: { to", "/tests/0/insert fits no branch"],
  ])("does not take %s written %s", (right, wrong, fault) => {
    expect(faults(parse(smallPipeline.replace(right, wrong)), schema)).toContain(fault);
  });

  it("takes a variable wherever a single value stands", () => {
    const filled = smallPipeline
      .replace("30s", '"${SIZE}"')
      .replace("clear: 70", 'clear: "${CLEAR:-70}"')
      .replace("late: side", 'late: "${LATE:-side}"')
      .replace("qos: 1", 'qos: "${QOS:-1}"');
    expect(faults(parse(filled), schema)).toEqual([]);
    const list = smallPipeline.replace("fields: [nozzle_temp, roughness]", 'fields: "${FIELDS}"');
    expect(faults(parse(list), schema)).toEqual(["/operators/features/fields is no array"]);
  });

  it("takes the keys of a node in each branch of a union", () => {
    const retry = (text: string) =>
      faults(
        parse(
          smallPipeline.replace("type: table, from: [sensors, spans.late]", `type: table, from: a, retry: ${text}`),
        ),
        schema,
      );
    expect(retry("{ kind: times, times: 3 }")).toEqual([]);
    expect(retry("{ kind: never, times: 3 }")).toEqual(["/sinks/history/retry fits no branch"]);
  });

  it("shows what the options mean", () => {
    const window = (schema.$defs as Record<string, JsonSchema>)["operator-window"]!;
    expect(window.description).toBe("Groups records into windows.");
    expect(window.properties?.["lateness"]).toMatchObject({ description: "How late a record may be.", default: "0s" });
    expect(window.required).toEqual(["type", "from", "size"]);
  });

  it("points nowhere but into itself", () => {
    const text = JSON.stringify(schema);
    for (const [, name] of text.matchAll(/"#\/\$defs\/([^"]+)"/g)) expect(schema.$defs).toHaveProperty([name!]);
    expect(text.match(/"\$ref"/g)).toHaveLength(smallRegistry.definitions.length);
  });
});
