import { expect, it } from "@jest/globals";
import type { DeadLetter } from "../../streams/runtime/dead-letters.js";
import { type StoredLetter, storedLetter } from "./letter.js";
import { returningOf } from "./returning.js";

const position = { stream: "in", partition: 3, offset: 7 };
const failed = { pipeline: "farm", node: "node", reason: "no", key: "p", position, eventTime: 1000.25 };

/** A letter that went through JSON, as those of the journal have. */
const letterOf = (letter: DeadLetter) => JSON.parse(JSON.stringify(storedLetter(letter, 0))) as StoredLetter;

it.each<[string, unknown]>([
  ["a reading", { printer_id: "p", roughness: 42 }],
  ["features", { kind: "features", names: ["a", "b"], values: Float64Array.of(NaN, 1), evidence: { from: position } }],
  ["a line of a sink", "rows,printer_id=p roughness=42 1000"],
])("brings %s back as it was, at its place and time", (_, value) => {
  expect(returningOf(letterOf({ ...failed, payload: value, input: 1 }))).toEqual({
    record: { key: "p", eventTime: 1000.25, value, position },
    input: 1,
  });
});

it("brings the text of a message back with its topic", () => {
  const letter = letterOf({
    pipeline: "farm",
    node: "sensors",
    reason: "no",
    place: "printing/p/sensor",
    payload: "{",
  });
  expect(returningOf(letter)).toEqual({ place: "printing/p/sensor", text: "{" });
});

it.each<[string, Partial<DeadLetter>]>([
  ["no text", { payload: "\ufffd", lossy: true }],
  ["too long to be kept whole", { payload: "x".repeat(300_000) }],
  ["too long to be kept whole", { payload: { kind: "verdict", rule: "x".repeat(1_100_000) } }],
  ["too large", { payload: { kind: "features", names: [], values: new Float64Array(200_000), evidence: {} } }],
  ["its time", { payload: {}, eventTime: NaN }],
])("says why it cannot: %s", (reason, more) => {
  expect(returningOf(letterOf({ ...failed, payload: {}, ...more }))).toEqual({
    impossible: expect.stringContaining(reason),
  });
});
