import { afterEach, beforeEach, expect, it } from "@jest/globals";
import { cpSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { components } from "../src/components.js";
import { seededRandom } from "../src/models/training/random.js";
import type { Context } from "../src/streams/component/context.js";
import type { Source, SourceDefinition } from "../src/streams/component/definition.js";
import { Registry } from "../src/streams/component/registry.js";
import { silentLog } from "../src/streams/contract/context.js";
import { plain } from "../src/streams/contract/records.js";
import { openEmbeddedStream } from "../src/streams/journal/embedded/open.js";
import { isMark } from "../src/streams/record/record.js";
import type { Reading } from "../src/streams/record/values.js";
import type { Persistence } from "../src/streams/runtime/checkpoint/take-up.js";
import { Run } from "../src/streams/runtime/run.js";
import { systemClock } from "../src/streams/time/clock.js";
import { compile } from "../src/streams/topology/compile.js";
import { withSources } from "../src/streams/topology/edit.js";
import type { Node, Topology } from "../src/streams/topology/topology.js";

/** Every operator that has state, and the sink that has. */
const PIPELINE = `
name: stateful
sources: { in: { type: csv, files: [none.csv] } }
operators:
  unique: { type: dedupe, from: in, last: 8 }
  limited: { type: rate-limit, from: unique, count: 9, per: 10s }
  spans: { type: sliding-window, from: unique, size: 10s, every: 2s, lateness: 2s }
  amended: { type: tumbling-window, from: unique, size: 5s, lateness: 1s, late: amend, amend_for: 20s }
  layers: { type: session-window, from: unique, by: layer, gap: 5s, lateness: 2s }
  counted: { type: count-window, from: unique, count: 7, every: 3 }
  level: { type: aggregate, from: spans, fields: { roughness: [mean, slope] } }
  paired: { type: join, from: [unique, level], fields: [roughness_mean], within: 4s, match: nearest, keep: left, lateness: 2s }
  moved: { type: drift, from: unique, field: roughness, settle: 20s }
  odd: { type: score-anomalies, from: unique, fields: [roughness] }
  rough: { type: threshold, from: unique, field: roughness, above: 60, clear: 50, for: 2, remind: 5s }
sinks:
  control: { type: feedback, from: rough, adjust: { speed: 50 }, cooldown: 3s, limit: { count: 3, per: 30s } }
  out: { type: console, from: [limited, spans, amended, layers, counted, paired, moved, odd, rough, control] }
`;
const WATCHED = ["limited", "spans", "amended", "layers", "counted", "paired", "moved", "odd", "rough", "control"];
const READINGS = 2_000;
const BATCH = 25;
/** ms; far less than the readings take. */
const CHECKPOINT_EVERY = 10;

/** How many rows a run says before each crash. */
const CRASHES = [3_000, 1_500, 4_000];

/** What each node said of each printer, in order. */
type Said = Map<string, string[]>;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "crashes-"));
});
afterEach(() => rm(folder, { recursive: true }));

/** Readings of four printers, some of them late, some twice. */
function readings(seed: number): readonly { readonly key: string; readonly time: number; readonly value: Reading }[] {
  const random = seededRandom(seed);
  return Array.from({ length: READINGS }, (_, i) => {
    const time = i / 4 - (random() < 0.1 ? 6 * random() : 0);
    const roughness = 45 + 20 * Math.sin(i / 90) + 8 * random() + (i > READINGS / 2 ? 10 : 0);
    return { key: `printer_${i % 4}`, time, value: { roughness, layer: Math.floor(i / 150) } };
  }).flatMap((one) => (random() < 0.05 ? [one, one] : [one]));
}

const GIVEN = readings(7);

/** Gives what the journal does not hold yet, so many at most. */
function sourceOf(kept: () => number, most: number): SourceDefinition {
  const csv = components.find(({ role, type }) => role === "source" && type === "csv") as SourceDefinition;
  const open = (_: unknown, { positions }: Context): Source<Reading> => {
    let texts: string[] = [];
    return {
      async *read(stop) {
        for (let taken = kept(); taken < most && !stop.aborted; taken += BATCH) {
          const batch = GIVEN.slice(taken, Math.min(taken + BATCH, most));
          texts = batch.map(({ value }) => JSON.stringify(value));
          yield batch.map(({ key, time, value }) => ({
            key,
            eventTime: time * 1000,
            value,
            position: positions.next(key),
          }));
          await systemClock.sleep(2, stop);
        }
      },
      texts: () => texts,
    };
  };
  return { ...csv, keeps: () => "os", open };
}

function compiled(source: SourceDefinition): Topology {
  const result = compile({ path: "stateful", text: PIPELINE }, new Registry(components), {});
  if ("problems" in result) throw new Error(JSON.stringify(result.problems));
  return withSources(result.topology, new Map([["in", source]]));
}

/** Runs on what is in a folder until so many readings have been worked on. Calls back each time something was said. */
async function run(state: string, most = GIVEN.length, heard: (said: Said) => void = () => undefined): Promise<Said> {
  let kept = 0;
  const keep: Persistence = {
    async journal(name, as, partitions) {
      const folder = join(state, "journal");
      const stream = await openEmbeddedStream({ folder, name, as, partitions, log: silentLog, clock: systemClock });
      kept = stream.ends().reduce((sum, end) => sum + end);
      return stream;
    },
    checkpoints: join(state, "checkpoints"),
    interval: CHECKPOINT_EVERY,
  };
  const topologies = [compiled(sourceOf(() => kept, most))];
  const reach = (_: Topology, { definition }: Node) =>
    definition.role === "sink" && definition.rehearse ? "rehearse" : "collect";
  const running = new Run({ topologies, log: silentLog, live: true, reach, keep });
  await running.open();
  const said: Said = new Map();
  for (const node of WATCHED)
    running.outputOf("stateful", node)!.subscribe((batch) => {
      for (const element of batch) {
        if (isMark(element)) continue;
        const of = `${node} of ${element.key}`;
        said.set(of, [...(said.get(of) ?? []), JSON.stringify(plain(element))]);
      }
      heard(said);
    });
  await running.start();
  return said;
}

/** What there would be if the process were gone now: what it said, and its files. */
function crash(from: string, to: string): void {
  cpSync(from, to, { recursive: true, filter: (path) => !basename(path).startsWith("lock.") });
}

it("says after any crash what it would have said without one, and leaves nothing out", async () => {
  const expected = await run(join(folder, "whole"));
  expect(expected.size).toBe(WATCHED.length * 4);
  const reached = new Map<string, number>();
  /** What was said must go on without a gap from what was said before, and may repeat the end of that. */
  const follow = (said: Said): number => {
    let resumed = 0;
    for (const [of, rows] of said) {
      const all = expected.get(of)!;
      const first = all.indexOf(rows[0]!);
      const before = reached.get(of) ?? 0;
      expect([of, first >= 0 && first <= before]).toEqual([of, true]);
      expect(rows).toEqual(all.slice(first, first + rows.length));
      reached.set(of, Math.max(before, first + rows.length));
      if (first > 0) resumed++;
    }
    return resumed;
  };
  let state = join(folder, "0");
  for (const [i, rows] of CRASHES.entries()) {
    const next = join(folder, String(i + 1));
    let before: Said | undefined;
    await run(state, GIVEN.length, (said) => {
      if (before || [...said.values()].reduce((sum, { length }) => sum + length, 0) < rows) return;
      crash(state, next);
      before = new Map(said);
    });
    follow(before!);
    state = next;
  }
  // It did not begin anew.
  expect(follow(await run(state))).toBeGreaterThan(expected.size / 2);
  expect([...reached]).toEqual([...expected].map(([of, { length }]) => [of, length]));
});
