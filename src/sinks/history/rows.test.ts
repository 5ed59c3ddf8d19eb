import { describe, expect, it } from "@jest/globals";
import { RecordMaker } from "../../streams/contract/records.js";
import type { Adjustment, Prediction, Verdict } from "../../streams/record/values.js";
import { rowOf } from "./rows.js";

const records = new RecordMaker();
const evidence = {
  from: { stream: "sensors", partition: 2, offset: 40 },
  to: { stream: "sensors", partition: 2, offset: 42 },
  window: { start: 0, end: 2000 },
};
const way = { window_start: 0, window_end: 2000, evidence_from: "sensors/2@40", evidence_to: "sensors/2@42" };

describe("rowOf", () => {
  it("stores a reading without its address", () => {
    const reading = { printer_id: "p", timestamp: 2, roughness: 32, anomaly: null, state: "printing" };
    expect(rowOf(records.at("p", 2, reading))).toEqual({
      printer: "p",
      time: 2000,
      kind: "reading",
      part: "",
      fields: { roughness: 32, anomaly: null, state: "printing" },
    });
  });

  it("stores a prediction under its model and window", () => {
    const model = { name: "anomaly", version: "v1" };
    const prediction: Prediction = { kind: "prediction", fields: { score: 0.5 }, evidence: { ...evidence, model } };
    expect(rowOf(records.at("p", 2, prediction))).toEqual({
      printer: "p",
      time: 2000,
      kind: "prediction",
      part: "anomaly/0",
      fields: { score: 0.5, model: "anomaly", model_version: "v1", ...way },
    });
  });

  it("puts the prediction of a corrected window in the place of the first", () => {
    const model = { name: "anomaly", version: "v1" };
    const prediction: Prediction = { kind: "prediction", fields: { score: 0.5 }, evidence: { ...evidence, model } };
    const corrected = { ...prediction, fields: { score: 0.6 }, evidence: { ...prediction.evidence, revision: 1 } };
    const { fields: before, ...place } = rowOf(records.at("p", 2, prediction));
    const { fields: after, ...same } = rowOf(records.at("p", 2, corrected));
    expect(same).toEqual(place);
    expect(after).toEqual({ ...before, score: 0.6, revision: 1 });
  });

  it("stores a verdict under its rule and what it says", () => {
    const said = { rule: "rough", state: "raised", field: "roughness", observed: 80, limit: 75 } as const;
    const verdict: Verdict = { kind: "verdict", ...said, estimated: false, episode: "e1", evidence };
    expect(rowOf(records.at("p", 2, verdict))).toEqual({
      printer: "p",
      time: 2000,
      kind: "verdict",
      part: "rough/raised",
      fields: { ...said, estimated: false, episode: "e1", ...way },
    });
  });

  it("stores an adjustment under its command and what became of it", () => {
    const done = { speed: 50, command_id: "c1", reason: "rough", issued_at: "i", expires_at: "x" };
    const adjustment: Adjustment = { kind: "adjustment", ...done, outcome: "sent", episode: "e1", evidence };
    expect(rowOf(records.at("p", 2, adjustment))).toEqual({
      printer: "p",
      time: 2000,
      kind: "adjustment",
      part: "c1/sent",
      fields: { ...done, outcome: "sent", episode: "e1", ...way },
    });
  });
});
