import { expect, it } from "@jest/globals";
import type { Sink } from "../component/definition.js";
import { RecordMaker } from "../contract/records.js";
import type { StreamRecord } from "../record/record.js";
import { RecordBacklog } from "./record-backlog.js";

it("gives back from pages what was put on them, numbers that JSON does not know included", async () => {
  const written: StreamRecord[] = [];
  const sink: Sink<any> = {
    write: async (batch) => {
      written.push(...batch);
      return undefined;
    },
  };
  const [backlog, back] = [new RecordBacklog(sink), new RecordBacklog(sink)];
  const records = new RecordMaker();
  const pushed = Array.from({ length: 100 }, (_, n) => records.at("p", n, { n, values: new Float64Array([n, NaN]) }));
  for (const record of pushed) backlog.push(record);
  for (const { text } of backlog.pages(100)) back.restore(JSON.parse(text));
  await back.next(1000).write();
  expect(written).toEqual(pushed);
});
