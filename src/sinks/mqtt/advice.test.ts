import { describe, expect, it } from "@jest/globals";
import { components } from "../../components.js";
import { Registry } from "../../streams/component/registry.js";
import { problemsOf } from "../../streams/contract/pipelines.js";

const registry = new Registry(components);

/** What is said of a pipeline with an mqtt sink of these options. */
function said(options: string, control = "topic: 'cmd/{key}'"): string[] {
  const text = `name: x
sources:
  sensors: { type: mqtt, topics: ["printing/+/sensor"] }
operators:
  rough: { type: threshold, from: sensors, field: roughness, above: 75, clear: 70 }
sinks:
  out: { type: mqtt, from: rough, ${options} }
  control: { type: feedback, from: rough, adjust: { speed: 50 }, ${control} }
`;
  return problemsOf(text, {}, registry).map((problem) => problem.replace(/^x\.yaml:/, ""));
}

describe("an mqtt sink", () => {
  it.each(["topic: 'layerstream/{key}/state', retain: true", "topic: layerstream/log", "topic: 'cmds/{key}'"])(
    "that publishes what no printer obeys is told nothing: %s",
    (options) => expect(said(options)).toEqual([]),
  );

  it.each(["printer/control/{key}", "control", "farm/control", "cmd/{key}", "cmd/printer_1"])(
    "must not retain commands: %s",
    (topic) => {
      const problems = said(`topic: '${topic}', retain: true`);
      expect(problems[0]).toMatch(
        /^7:42 {2}warning: node "out": printers obey what comes on this topic; use the feedback/,
      );
      expect(problems.at(-1)).toMatch(/^7:\d+ {2}node "out": a printer that reboots would obey the retained command/);
    },
  );

  it("is told of the feedback sink where it publishes commands", () => {
    expect(said("topic: 'cmd/{key}'")).toEqual([
      '7:42  warning: node "out": printers obey what comes on this topic; use the feedback sink, which has brakes',
    ]);
  });

  it("is warned where one topic retains the message of one printer for all", () => {
    expect(said("topic: layerstream/state, retain: true")).toEqual([
      '7:42  warning: node "out": one topic retains one message, of whichever printer was last; write {key} into it',
    ]);
  });

  it.each(["a/+", "a/#", "a+/b", "#"])("takes no wildcard: %s", (topic) => {
    const message = "a topic to publish to takes no + or #; write {key} where the printer id belongs";
    expect(said(`topic: '${topic}'`)).toEqual([`7:42  node "out": topic: ${message}`]);
    expect(said("topic: b", `topic: '${topic}'`)).toEqual([`8:73  node "control": topic: ${message}`]);
  });
});
