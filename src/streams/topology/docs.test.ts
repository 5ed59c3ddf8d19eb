import { describe, expect, it } from "@jest/globals";
import { z } from "zod";
import { smallRegistry } from "../contract/definitions.js";
import { defineOperator } from "../component/define.js";
import { ConfigError } from "../component/errors.js";
import { reading } from "../record/record-type.js";
import { componentDocs, componentJson, describeComponent } from "./docs.js";

const docs = componentDocs(smallRegistry);

describe("docs of all components", () => {
  it("have every component under its role", () => {
    expect(docs.match(/^##.*$/gm)).toEqual([
      "## Sources",
      "### `mqtt`",
      "## Operators",
      "### `extract`",
      "### `pass`",
      "### `threshold`",
      "### `window`",
      "## Sinks",
      "### `feedback`",
      "### `table`",
    ]);
  });

  it("have a row an option", () => {
    expect(docs).toContain(`| option | type | default | |
|---|---|---|---|
| \`size\` | duration | required | Length of a window. |
| \`lateness\` | duration | \`0s\` | How late a record may be. |
| \`late\` | "drop" or "side" | \`drop\` | What becomes of late records. |
`);
  });

  it("have the options inside options, those of a union in one row", () => {
    expect(docs).toContain("| `adjust.speed` | number from 1 to 200 |  |  |");
    expect(docs).toContain('| `retry.kind` | "never" or "times" |  |  |');
    expect(docs).toContain("| `retry.times` | whole number from 1 |  |  |");
  });

  it("have the examples as they stand in a file", () => {
    expect(docs).toContain("NAME: { type: window, from: OTHER, size: 1m, lateness: 5s }");
    expect(docs).toContain("NAME: { type: mqtt, topics: [ printing/+/sensor ] }");
  });

  it("say what flows", () => {
    expect(docs).toContain("Gives reading.");
    expect(docs).toContain("Takes window; gives features.");
    expect(docs).toContain("Takes records of any kind; gives the same kind.");
  });
});

const curious = defineOperator({
  type: "curious",
  summary: "Is hard to describe.",
  options: z.strictObject({
    pair: z.tuple([z.number(), z.string()]).meta({ description: "Two | parts." }),
    either: z.union([z.number(), z.boolean()]).optional(),
    named: z.record(z.string(), z.number()).prefault({}),
    steps: z.array(z.strictObject({ after: z.string() })).optional(),
    ratio: z.number().gt(0).lt(1).optional(),
    anything: z.unknown().optional(),
  }),
  examples: [{ pair: [1, "a"] }],
  needs: [{ name: "a key", mend: "set KEY" }],
  accepts: ["reading", "features"],
  emits([input]) {
    if (!input!.fields) throw new ConfigError("needs fields");
    return reading;
  },
  sides: () => ({ rest: reading }),
  stateful: false,
  open: () => ({ process() {} }),
});

describe("the description of a component", () => {
  it("is made for a terminal", () => {
    expect(describeComponent(smallRegistry.find("operator", "window")!)).toBe(`window (operator)
Groups records into windows.

takes reading; gives window

options
  size      duration, required
            Length of a window.
  lateness  duration, default 0s
            How late a record may be.
  late      "drop" or "side", default drop
            What becomes of late records.

examples
  NAME: { type: window, from: OTHER, size: 10s }
  NAME: { type: window, from: OTHER, size: 1m, lateness: 5s }`);
  });

  it("says so where there are no options", () => {
    expect(describeComponent(smallRegistry.find("operator", "pass")!)).toContain("\nno options\n");
  });

  it("has a word for every type", () => {
    const text = describeComponent(curious);
    for (const line of [
      "pair         list: number, text, required",
      "either       number or true or false",
      "named        map of names to number, default {}",
      "steps        list of map",
      "steps[].after  text",
      "ratio        number above 0 below 1",
      "anything     any value",
    ])
      expect(text.replaceAll(/ +/g, " ")).toContain(line.replaceAll(/ +/g, " "));
    expect(text).toContain("needs a key: set KEY");
  });

  it("does without what emits refuses to say", () => {
    expect(componentJson(curious)).toMatchObject({ accepts: ["reading", "features"], emits: [], sides: [] });
  });
});

it("gives programs a component as data", () => {
  expect(componentJson(smallRegistry.find("sink", "feedback")!)).toMatchObject({
    type: "feedback",
    role: "sink",
    summary: "Publishes adjustments.",
    accepts: ["verdict"],
    emits: ["adjustment"],
    sides: [],
    needs: [],
    options: { type: "object", required: ["topic", "adjust"] },
    examples: [{ topic: "printer/control/{key}" }],
  });
});
