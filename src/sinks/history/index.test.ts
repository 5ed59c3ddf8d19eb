import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openHistory } from "../../connections/history/open.js";
import { historyStore, type HistoryStore } from "../../connections/history/store.js";
import type { Sink } from "../../streams/component/definition.js";
import { DisconnectedError, PartialWriteError } from "../../streams/component/errors.js";
import { contextFor, provide } from "../../streams/contract/context.js";
import { RecordMaker } from "../../streams/contract/records.js";
import { sinkContract } from "../../streams/contract/sink.js";
import type { Log } from "../../streams/component/context.js";
import { history } from "./index.js";

const HOUR = 3_600_000;
const START = 1_000 * HOUR;

let folder: string;
let store: HistoryStore;
let files = 0;
let now: number;
const warnings: unknown[] = [];
const clock = { ...contextFor().clock, now: () => now };
const log: Log = { debug() {}, info() {}, warn: (...said) => void warnings.push(said), error() {} };

beforeEach(() => {
  now = START;
  warnings.length = 0;
  folder = mkdtempSync(join(tmpdir(), "history-sink-"));
  store = openHistory(join(folder, "first.db"), clock);
});
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

function open(options: object = {}, lent: HistoryStore = store): Sink<any, any> {
  const context = contextFor({ clock, log, resources: [provide(historyStore, lent)] });
  return history.open(history.options.parse(options), context) as Sink<any, any>;
}
const stored = (printer: string) => [...store.query({ printer })];

describe("sink: history", () => {
  const records = new RecordMaker();
  const readings = Array.from({ length: 20 }, (_, i) =>
    records.at("printer_1", i, { roughness: i, state: "printing" }),
  );

  sinkContract({
    definition: history,
    open: () => {
      store.close();
      store = openHistory(join(folder, `${files++}.db`), clock);
      return open();
    },
    records: readings,
    written: () => stored("printer_1"),
  });

  it("stores the others when one record has no time", async () => {
    const sink = open();
    const batch = [
      records.at("a", 1, { roughness: 1 }),
      records.at("b", NaN, { roughness: 2 }),
      records.at("a", 1e300, { roughness: 3 }),
      records.at("b", 2, { roughness: 4 }),
    ];
    const refused = await sink.write(batch).catch((cause: unknown) => (cause as PartialWriteError).refused);
    expect(refused).toEqual(
      new Map([
        [1, "its time NaN is no time"],
        [2, "its time 1e+303 is no time"],
      ]),
    );
    expect([...stored("a"), ...stored("b")].map(({ time }) => time)).toEqual([1000, 2000]);
  });

  it("asks to be called again where the store cannot write", async () => {
    const full = {
      ...store,
      write: () => {
        throw new DisconnectedError("no room left");
      },
    };
    await expect(open({}, full).write(readings)).rejects.toThrow(DisconnectedError);
  });

  it("removes what is older than it keeps, as rows come in", async () => {
    const sink = open({ keep: "1h" });
    const at = (hours: number) => records.at("a", (START + hours * HOUR) / 1000, { roughness: hours });
    await sink.write([at(-3), at(-2), at(-0.5), at(0)]);
    expect(stored("a").map(({ fields }) => fields.roughness)).toEqual([-0.5, 0]);
    now += HOUR;
    await sink.write([at(1)]);
    expect(stored("a").map(({ fields }) => fields.roughness)).toEqual([0, 1]);
  });

  it("keeps all with 0s", async () => {
    await open({ keep: "0s" }).write([records.at("a", 1, { roughness: 1 }), records.at("a", START, { roughness: 2 })]);
    expect(stored("a")).toHaveLength(2);
  });

  it("says where old rows cannot be removed, and has written the new ones all the same", async () => {
    const tidy = Object.assign(Object.create(store) as HistoryStore, {
      write: (rows: never) => store.write(rows),
      trim: () => {
        throw new DisconnectedError("no room left");
      },
    });
    const sink = open({}, tidy);
    await sink.write(readings);
    await sink.write(readings);
    expect(stored("printer_1")).toHaveLength(20);
    expect(warnings).toEqual([["old history not removed, trying again later", { reason: "no room left" }]]);
  });

  it.each([
    [{ keep: "a week" }, /write a whole number and a unit/],
    [{ limit: 1 }, /the limit is below the size of one batch/],
    [{ retention: "7d" }, /Unrecognized key/],
  ])("refuses the options %j", (options, message) => {
    expect(() => history.options.parse(options)).toThrow(message);
  });
});
