import { describe, expect, it } from "@jest/globals";
import { components } from "../../components.js";
import { Registry } from "../../streams/component/registry.js";
import { problemsOf } from "../../streams/contract/pipelines.js";

const registry = new Registry(components);
const WINDOW = "spans: { type: tumbling-window, from: sensors, size: 10s }";
const CSV = "rows: { type: csv, from: sensors, file: rows.csv }";

/** What is said of a pipeline with this source, these further sources, operators and sinks; without its path. */
function said({ source = 'topics: ["printing/+/sensor"]', more = "", operators = "", sinks = CSV }): string[] {
  const lines = (text: string) => text.split("\n").map((line) => `  ${line}\n`);
  const text = [
    "name: x\nsources:\n",
    `  sensors: { type: mqtt, ${source} }\n`,
    ...lines(more),
    "operators:\n",
    ...lines(operators),
    "sinks:\n",
    ...lines(sinks),
  ].join("");
  return problemsOf(text, {}, registry).map((problem) => problem.replace(/^x\.yaml:/, ""));
}

const reads = (from: string) => `rows: { type: csv, from: [${from}], file: rows.csv }`;

describe("an mqtt source", () => {
  it("that is in order is told nothing", () => expect(said({ operators: WINDOW, sinks: reads("spans") })).toEqual([]));

  it.each([
    ['["printing/#", "printing/+/sensor"]', '"printing/#" matches all that "printing/+/sensor" does'],
    ['["printing/+/sensor", "printing/#"]', '"printing/#" matches all that "printing/+/sensor" does'],
    ['["a/+", "a/+"]', '"a/+" matches all that "a/+" does'],
  ])("is refused filters of which one is idle: %s", (topics, message) => {
    const [problem, ...others] = said({ source: `topics: ${topics}` });
    expect(problem).toMatch(/^3:\d+ {2}node "sensors": /);
    expect(problem).toContain(message);
    expect(others).toEqual([]);
  });

  it("is warned of filters that overlap in part", () => {
    expect(said({ source: 'topics: ["a/+/x", "a/b/+"]' })).toEqual([
      '3:44  warning: node "sensors": "a/+/x" matches some of the same topics, and some brokers then deliver a message twice; write narrower filters, or a dedupe behind it',
    ]);
  });

  it("is refused a presence filter that takes all readings", () => {
    expect(said({ source: 'topics: ["a/+/b"], presence: ["c/+", "a/+/+"]' })).toEqual([
      '3:63  node "sensors": it matches all that "a/+/b" does, so readings would be taken for presence; write a narrower filter',
    ]);
    expect(said({ source: 'topics: ["a/#"], presence: ["a/+/state"]' })).toEqual([]);
  });

  describe("beside another one", () => {
    const more = 'others: { type: mqtt, topics: ["printing/printer_1/+"] }';

    it("is warned where both read the same and meet", () => {
      expect(said({ more, sinks: reads("sensors, others") })).toEqual([
        '4:34  warning: node "others": source "sensors" reads "printing/+/sensor" too, so "rows" gets the same message twice; read it once, or put a dedupe in between',
      ]);
    });

    it("is not warned where they meet in a dedupe, or not at all", () => {
      const operators = "once: { type: dedupe, from: [sensors, others] }";
      expect(said({ more, operators, sinks: reads("once") })).toEqual([]);
      const apart = `${reads("sensors")}\nthose: { type: csv, from: others, file: others.csv }`;
      expect(said({ more, sinks: apart })).toEqual([]);
    });

    it("is refused the same session", () => {
      const named = 'others: { type: mqtt, topics: ["b/+"], session: s }';
      expect(said({ source: 'topics: ["a/+"], session: s', more: named, sinks: reads("sensors, others") })).toEqual([
        '4:51  node "others": source "sensors" uses the session "s" too; give each a session of its own',
      ]);
    });
  });

  it.each([
    ["printing/+", "+ and # each fill a whole level", "printing/a+"],
    ["#", "+ and # each fill a whole level", "printing/#/sensor"],
    ["#", "+ and # each fill a whole level", "printing/sensor#"],
    ["a shared one", "a shared subscription is $share/GROUP/FILTER", "$share/farm"],
    ["a shared one", "a shared subscription is $share/GROUP/FILTER", "$share/+/printing"],
    ["a shared one", "a shared subscription is $share/GROUP/FILTER", "$share//printing"],
    ["nothing", "+ and # each fill a whole level", ""],
  ])("is refused %s where it may not stand: %s", (_, message, filter) => {
    for (const source of [`topics: ["${filter}"]`, `topics: ["a/+"], presence: ["${filter}"]`]) {
      const problems = said({ source });
      expect(problems).toHaveLength(1);
      expect(problems[0]).toContain(message);
    }
  });

  it("is refused a shared subscription in front of state, for readings and for presence", () => {
    const behind = { operators: WINDOW, sinks: reads("spans") };
    expect(said({ source: 'topics: ["$share/farm/printing/+/sensor"]', ...behind })).toEqual([
      '3:35  node "sensors": a shared subscription gives each message to any one instance, so "spans" would see a part of each printer; read "printing/+/sensor" and share the work by partitions',
    ]);
    expect(said({ source: 'topics: ["a/+"], presence: ["$share/farm/b/+"]', ...behind })[0]).toContain(
      'read "b/+" and share',
    );
    expect(said({ source: 'topics: ["$share/farm/printing/+/sensor"]' })).toEqual([]);
  });

  describe("with qos 0", () => {
    const source = 'topics: ["printing/+/sensor"], qos: 0';
    const rough = "rough: { type: threshold, from: sensors, field: roughness, above: 75, clear: 70 }";

    it("is refused in front of what acts on printers", () => {
      const sinks = `${CSV}\ncontrol: { type: feedback, from: rough, adjust: { speed: 50 } }`;
      expect(said({ source, operators: rough, sinks })).toEqual([
        '3:62  node "sensors": qos 0 loses readings that the sink "control" promises to act on; use qos: 1',
      ]);
    });

    it("is warned in front of what keeps", () => {
      expect(said({ source })).toEqual([
        '3:62  warning: node "sensors": qos 0 loses readings that the sink "rows" promises to keep; use qos: 1',
      ]);
      expect(said({ source, sinks: "out: { type: mqtt, from: sensors, topic: 'a/{key}' }" })).toHaveLength(1);
    });

    it("is told nothing in front of what promises nothing", () => {
      expect(said({ source, sinks: "out: { type: mqtt, from: sensors, topic: 'a/{key}', qos: 0 }" })).toEqual([]);
      expect(said({ source, sinks: "out: { type: console, from: sensors }" })).toEqual([]);
    });
  });

  describe("in front of state", () => {
    const behind = { operators: WINDOW, sinks: reads("spans") };

    it("is warned where nobody declares a printer silent or gone", () => {
      expect(said({ source: 'topics: ["a/+"], idle: 0s', ...behind })).toEqual([
        '3:49  warning: node "sensors": without idle or presence, "spans" keeps what is open of each printer that falls silent; write idle: 10s',
      ]);
      expect(said({ source: 'topics: ["a/+"], idle: 0s, presence: ["b/+"]', ...behind })).toEqual([]);
      expect(said({ source: 'topics: ["a/+"], idle: 0s' })).toEqual([]);
    });

    it("is warned where any number of printers may be made up", () => {
      const [problem, ...others] = said({ source: 'topics: ["readings"]', ...behind });
      expect(problem).toContain('3:35  warning: node "sensors": no level of it holds the printer id');
      expect(others).toEqual([]);
      expect(said({ source: 'topics: ["site/a/printer_1"], key: 3', ...behind })).toEqual([]);
      expect(said({ source: 'topics: ["readings"]' })).toEqual([]);
    });
  });

  describe("that reads where a sink publishes", () => {
    const back = "back: { type: mqtt, from: sensors, topic: 'printing/{key}/sensor' }";

    it("is refused where that sink is behind it, and warned where not", () => {
      expect(said({ sinks: back })).toEqual([
        '3:35  node "sensors": it also matches "printing/{key}/sensor", where the sink "back" publishes, so what goes out comes back in; write a narrower filter',
      ]);
      const more = "made: { type: synthesizer, duration: 1m }";
      const sinks = `${CSV}\n${back.replace("from: sensors", "from: made")}`;
      expect(said({ more, sinks })).toEqual([expect.stringMatching(/^3:35 {2}warning: .*write a narrower filter$/)]);
    });

    it("is warned where it reads everything", () => {
      expect(said({ source: 'topics: ["#"]' })).toEqual([
        expect.stringMatching(/^3:35 {2}warning: node "sensors": # reads every topic of the broker/),
      ]);
    });
  });
});
