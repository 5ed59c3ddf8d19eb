import { describe, expect, it } from "@jest/globals";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { storedLetter } from "../src/cli/dead-letters/letter.js";
import { runProgram } from "../src/cli/program.js";
import { components } from "../src/components.js";
import { openHistory } from "../src/connections/history/open.js";
import { readHistory } from "../src/connections/history/read.js";
import { STORED_KINDS } from "../src/connections/history/store.js";
import { mqttBroker, type MqttBroker, type Outgoing } from "../src/connections/mqtt/broker.js";
import { jsonLine as jsonEntry, prettyLine } from "../src/log/lines.js";
import { scoreAnomalies } from "../src/operators/score-anomalies/index.js";
import { threshold } from "../src/operators/threshold/index.js";
import { Metrics } from "../src/server/metrics.js";
import { loadSettings } from "../src/settings.js";
import { jsonLine } from "../src/sinks/console/lines.js";
import { csv as csvSink } from "../src/sinks/csv/index.js";
import { feedback } from "../src/sinks/feedback/index.js";
import { controlMode } from "../src/sinks/feedback/mode.js";
import { rowOf } from "../src/sinks/history/rows.js";
import { rowWriter } from "../src/sinks/influxdb/rows.js";
import { payloadOf } from "../src/sinks/mqtt/message.js";
import { readCsv } from "../src/sources/csv/index.js";
import { decodeReading } from "../src/sources/mqtt/decode.js";
import { saysGone } from "../src/sources/mqtt/presence.js";
import { parseCommand } from "../src/sources/synthesizer/command.js";
import type { LogFields } from "../src/streams/component/context.js";
import { Registry } from "../src/streams/component/registry.js";
import { contextFor, provide, silentLog } from "../src/streams/contract/context.js";
import { feed, RecordMaker } from "../src/streams/contract/records.js";
import { isMark, type StreamRecord } from "../src/streams/record/record.js";
import type { Adjustment, Prediction, Reading, Verdict } from "../src/streams/record/values.js";
import { type DeadLetter, DeadLetters } from "../src/streams/runtime/dead-letters.js";
import { systemClock } from "../src/streams/time/clock.js";
import { blockOf, tableAfter } from "./markdown.js";

/** Runs the examples of docs/topics.md through the code that they describe. */
const DOC = "docs/topics.md";
const text = (name: string): string => blockOf(DOC, name).text;
const lines = (name: string): string[] => text(name).trimEnd().split("\n");

const always = { earliest: -Infinity, latest: Infinity };

function recordOf(name: string): StreamRecord<Reading> {
  const decoded = decodeReading(text(name), { key: "printer_1" }, always);
  if ("refused" in decoded) throw new Error(`${name}: ${decoded.refused}`);
  return new RecordMaker("sensors", 64).at(decoded.key, decoded.eventTime / 1000, decoded.reading);
}

/** The rough reading of the page, the verdict on it and the adjustment that answers, 500 ms later. */
async function story() {
  const rough = recordOf("reading-rough");
  const rule = threshold.open(
    threshold.options.parse({ field: "roughness", above: 75, margin: 5 }),
    contextFor({ node: "rough" }),
  );
  const [verdict] = feed(rule as never, [rough]).main as StreamRecord<Verdict>[];
  const published: Outgoing[] = [];
  const broker = { publish: (message: Outgoing) => Promise.resolve(void published.push(message)) } as MqttBroker;
  const sink = await feedback.open(
    feedback.options.parse({ adjust: { speed: 50 } }),
    contextFor({
      node: "control",
      live: true,
      clock: { ...contextFor().clock, now: () => rough.eventTime + 500 },
      resources: [provide(mqttBroker, broker), provide(controlMode, { mode: "auto" })],
    }),
  );
  const [adjustment] = (await sink.write([verdict!])) as StreamRecord<Adjustment>[];
  const { position } = rough;
  const prediction: StreamRecord<Prediction> = {
    ...rough,
    value: {
      kind: "prediction",
      fields: { roughness: 71.5 },
      evidence: {
        window: { start: rough.eventTime - 30_000, end: rough.eventTime },
        from: position,
        to: position,
        model: { name: "roughness", version: "1a2b3c4d" },
      },
    },
  };
  return { rough, prediction, verdict: verdict!, adjustment: adjustment!, published };
}

/** A message `{}` of printer_1, as quality.yaml puts it aside. */
function nameless(): DeadLetter {
  const reason = (decodeReading("{}", { key: "printer_1" }, always) as { refused: string }).refused;
  const place = "printing/printer_1/sensor";
  return { pipeline: "quality", node: "sensors", reason, place, key: "printer_1", payload: "{}" };
}

async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "topics-doc-"));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

describe("docs/topics.md", () => {
  it("shows sensor messages that are taken as they came", () => {
    for (const name of ["reading", "reading-full", "reading-rough"]) {
      expect(recordOf(name).value).toEqual(JSON.parse(text(name)));
    }
    expect(recordOf("reading").eventTime).toBe(Date.parse("2023-06-15T14:32:10Z"));
  });

  it("gives the reason of every message that is refused", () => {
    const now = Date.parse("2026-01-01T00:00:00Z");
    const [past, future] = [3650 * 86_400_000, 86_400_000];
    const rows = tableAfter(DOC, "<!-- refused -->");
    expect(rows.length).toBeGreaterThan(5);
    for (const [message, reason] of rows)
      expect([
        message,
        decodeReading(message!, { key: "printer_1" }, { earliest: now - past, latest: now + future }),
      ]).toEqual([message, { refused: reason }]);
  });

  it("knows how printers say that they went away", () => {
    for (const line of lines("presence")) expect([line, saysGone(line)]).toEqual([line, true]);
    expect(saysGone("online")).toBe(false);
  });

  it("shows the control message that feedback publishes, and which a simulated printer obeys", async () => {
    const { published } = await story();
    expect(published).toHaveLength(1);
    expect(published[0]).toMatchObject({ topic: "printer/control/printer_1", qos: 1, retain: false });
    expect(published[0]!.payload).toBe(text("control").trimEnd());
    for (const name of ["control", "control-by-hand"])
      expect(parseCommand(Buffer.from(text(name)))).toMatchObject({ command: { speed: 50 } });
  });

  it("shows what the mqtt sink makes of each kind of record", async () => {
    const { prediction, verdict } = await story();
    expect(lines("published")).toEqual([prediction, verdict].map(payloadOf));
  });

  it("shows the rows of InfluxDB", async () => {
    const { rough, prediction, verdict, adjustment } = await story();
    const rows = [rough, prediction, adjustment, verdict].map(rowWriter({ prefix: "printer", tags: {} }));
    expect(lines("rows")).toEqual(rows);
  });

  it("shows the row of a window that was corrected", async () => {
    const { value, ...rest } = (await story()).prediction;
    const revised = { ...value, fields: { roughness: 71.9 }, evidence: { ...value.evidence, revision: 1 } };
    expect(lines("rows-revised")).toEqual([rowWriter({ prefix: "printer", tags: {} })({ ...rest, value: revised })]);
  });

  it("shows what becomes of the scores of score-anomalies", () =>
    inFolder(async (folder) => {
      const rough = recordOf("reading-rough");
      const records = new RecordMaker();
      const smooth = Array.from({ length: 600 }, (_, i) =>
        records.at("printer_1", rough.eventTime / 1000 - 600 + i, { ...rough.value, roughness: 32 + Math.sin(i * i) }),
      );
      const operator = scoreAnomalies.open(scoreAnomalies.options.parse({}), contextFor());
      const given = feed(operator as never, [...smooth, rough]).main.at(-1) as StreamRecord<Prediction>;
      expect(given.value.fields).toEqual({ anomaly_score: expect.any(Number), anomaly: 1 });
      expect(given.value.fields.anomaly_score).toBeCloseTo(0.83, 1);
      // The page does not follow every digit.
      const score = { ...given, value: { ...given.value, fields: { anomaly_score: 0.83, anomaly: 1 } } };
      expect(payloadOf(score)).toBe(text("score").trimEnd());
      expect(lines("score-row")).toEqual([rowWriter({ prefix: "printer", tags: {} })(score)]);

      const file = join(folder, "scores.csv");
      const options = { file, key: "key", fields: ["anomaly_score", "anomaly"] };
      const sink = await csvSink.open(csvSink.options.parse(options), contextFor());
      await sink.write([score]);
      await sink.close?.();
      expect(await readFile(file, "utf8")).toBe(text("score-csv"));
    }));

  it("shows the rows of the history", () =>
    inFolder(async (folder) => {
      const { rough, prediction, verdict, adjustment } = await story();
      const store = openHistory(join(folder, "history.db"), systemClock);
      try {
        store.write([rough, prediction, verdict, adjustment].map(rowOf));
        const shown = readHistory(store, { printer: "printer_1", kinds: STORED_KINDS, format: "json" });
        expect([...shown].join("")).toBe(text("history"));
      } finally {
        store.close();
      }
    }));

  it("shows the log line of a dead letter in both forms", () => {
    const entries: { message: string; fields: LogFields }[] = [];
    const log = {
      ...silentLog,
      warn: (message: string, fields: LogFields = {}) => void entries.push({ message, fields }),
    };
    new DeadLetters(log, contextFor().clock).add(nameless());
    const entry = { time: "2023-06-15T14:32:10.000Z", level: "warn", ...entries[0]! } as Parameters<
      typeof jsonEntry
    >[0];
    expect(lines("log")).toEqual([prettyLine(entry), jsonEntry(entry)]);
  });

  it("shows the line of a dead letter in the file", () => {
    const line = storedLetter(nameless(), Date.parse("2023-06-15T14:32:10Z"));
    const told = JSON.parse(text("dead-letter")) as typeof line;
    // One half of an id is the time, the other chance.
    expect({ ...told, id: told.id.split("-")[0] }).toEqual({ ...line, id: line.id.split("-")[0] });
    expect(Object.keys(told)).toEqual(Object.keys(line));
  });

  it("names every metric and no other", async () => {
    const told = tableAfter(DOC, "<!-- metrics -->").map(([name]) => name);
    const exposed = await new Metrics(() => []).text();
    const ours = [...exposed.matchAll(/^# TYPE (layerstream_\w+) /gm)].map(([, name]) => name);
    expect(told).toEqual(ours);
  });
});

describe("recordings in docs/topics.md", () => {
  const readBack = async (path: string) => {
    const read: StreamRecord<Reading>[] = [];
    const rejected: { place?: string; reason: string }[] = [];
    for await (const batch of readCsv(path, {}, (rejection) => void rejected.push(rejection)))
      for (const element of batch) if (!isMark(element)) read.push(element);
    return { read, rejected };
  };

  it("are read as the page says", () =>
    inFolder(async (folder) => {
      const path = join(folder, "monday.csv");
      await writeFile(path, text("recording-any"));
      const { read, rejected } = await readBack(path);
      expect(read.map(jsonLine).join("")).toBe(text("recording-any-read"));
      expect(rejected.map(({ place, reason }) => `${place!.replace(`${folder}/`, "")}: ${reason}`)).toEqual(
        lines("recording-any-dead"),
      );
    }));

  it("are what the csv sink writes", () =>
    inFolder(async (folder) => {
      const file = join(folder, "out.csv");
      const sink = await csvSink.open(csvSink.options.parse({ file, marks: true }), contextFor());
      const last = recordOf("reading-rough");
      await sink.write([recordOf("reading"), last]);
      sink.advance!({ ...last, value: undefined, cause: "idle" });
      await sink.close!();
      expect(await readFile(file, "utf8")).toBe(text("csv-sink"));
    }));

  it("give the conclusions that the page shows", () =>
    inFolder(async (folder) => {
      const [pipeline, recording, out] = ["story.yaml", "recording.csv", "conclusions.csv"].map((name) =>
        join(folder, name),
      ) as [string, string, string];
      await writeFile(pipeline, text("story"));
      await writeFile(recording, text("recording"));
      const said: string[] = [];
      const code = await runProgram(["replay", recording, "--pipeline", pipeline, "--out", out], {
        version: "0",
        session: () => ({
          settings: loadSettings({ env: {} }),
          registry: new Registry(components),
          log: silentLog,
          out: { terminal: false, line: (line) => void said.push(line), json() {}, text: () => Promise.resolve() },
          stop: new AbortController().signal,
        }),
      });
      expect(code).toBe(0);
      expect(said).toContain("adjustments  2");
      expect(await readFile(out, "utf8")).toBe(text("conclusions"));
    }));
});
