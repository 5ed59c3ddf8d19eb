import { describe, expect, it } from "@jest/globals";
import { RecordMaker } from "../../streams/contract/records.js";
import type { Adjustment, Prediction, Verdict } from "../../streams/record/values.js";
import { rowWriter } from "./rows.js";

const write = rowWriter({ prefix: "printer", tags: {} });
const records = new RecordMaker();
const position = { stream: "sensors", partition: 0, offset: 7 };

const prediction: Prediction = {
  kind: "prediction",
  fields: { anomaly_score: 0.25, roughness_mean: NaN },
  evidence: {
    from: position,
    to: position,
    window: { start: 1000, end: 2000 },
    model: { name: "anomaly", version: "v1" },
  },
};
const verdict: Verdict = {
  kind: "verdict",
  rule: "rough",
  state: "raised",
  field: "roughness",
  observed: 80,
  limit: 75,
  estimated: false,
  episode: "rough/printer_1/2",
  evidence: { from: position, to: position },
};
const adjustment: Adjustment = {
  kind: "adjustment",
  speed: 50,
  nozzle_temp: 210,
  command_id: "c1",
  reason: "roughness 80 above 75",
  issued_at: "1970-01-01T00:00:02.000Z",
  expires_at: "1970-01-01T00:00:12.000Z",
  outcome: "sent",
  episode: "rough/printer_1/2",
  evidence: { from: position, to: position },
};

describe("rowWriter", () => {
  it("writes a reading: all it measured, under the record's key and time", () => {
    const reading = {
      printer_id: "printer_1",
      timestamp: "2023-06-15T14:32:10Z",
      layer_height: 0.2,
      nozzle_temp: 215,
      roughness: NaN,
      anomaly: null,
      filament_present: true,
      state: "printing",
      job_id: 17,
      material: "PLA white",
    };
    expect(write(records.at("printer_1", 1686839530, reading))).toBe(
      "printer_sensor,printer_id=printer_1,job_id=17,material=PLA\\ white " +
        'layer_height=0.2,nozzle_temp=215,filament_present=true,state="printing" 1686839530000000000',
    );
  });

  it("writes nothing for a reading in which nothing was measured", () => {
    expect(write(records.at("printer_1", 1, { printer_id: "printer_1", roughness: null }))).toBeUndefined();
    expect(write(records.at("printer_1", 1, {}))).toBeUndefined();
  });

  it("writes a prediction", () => {
    expect(write(records.at("printer_1", 2, prediction))).toBe(
      "printer_prediction,printer_id=printer_1,model=anomaly " +
        'anomaly_score=0.25,model_version="v1",window_start=1000,window_end=2000 2000000000',
    );
  });

  it("writes the prediction of a corrected window over the first", () => {
    const corrected = {
      ...prediction,
      fields: { anomaly_score: 0.5 },
      evidence: { ...prediction.evidence, revision: 2 },
    };
    const [before, after] = [prediction, corrected].map((value) => write(records.at("p", 2, value))!.split(" "));
    expect([after![0], after![2]]).toEqual([before![0], before![2]]);
    expect(after![1]).toBe('anomaly_score=0.5,model_version="v1",window_start=1000,window_end=2000,revision=2');
  });

  it("keeps a prediction's outputs out of the way of its tags", () => {
    const clash = { ...prediction, fields: { model: 1, window_start: 2, score: 3 } };
    expect(write(records.at("p", 2, clash))).toBe(
      'printer_prediction,printer_id=p,model=anomaly score=3,model_version="v1",window_start=1000,window_end=2000 2000000000',
    );
    expect(write(records.at("p", 2, { ...prediction, fields: { score: NaN } }))).toBeUndefined();
  });

  it("writes of a drift what was before and after", () => {
    const shift = { before_start: 0, before_end: 5, before_count: 6, before_mean: 1.5 };
    const line = write(records.at("p", 2, { ...verdict, ...shift, after_start: 7, after_mean: 4 }));
    expect(line).toContain(",before_start=0,before_end=5,before_count=6,before_mean=1.5,after_start=7,after_mean=4 ");
  });

  it("writes a verdict", () => {
    expect(write(records.at("printer_1", 2, verdict))).toBe(
      "printer_alert,printer_id=printer_1,rule=rough,state=raised " +
        'raised=true,field="roughness",observed=80,limit=75,estimated=false,episode="rough/printer_1/2" 2000000000',
    );
  });

  it("writes an adjustment", () => {
    expect(write(records.at("printer_1", 2, adjustment))).toBe(
      "printer_feedback,printer_id=printer_1,command=nozzle_temp+speed,outcome=sent " +
        'nozzle_temp=210,speed=50,command_id="c1",reason="roughness 80 above 75",episode="rough/printer_1/2",' +
        'issued_at="1970-01-01T00:00:02.000Z",expires_at="1970-01-01T00:00:12.000Z" 2000000000',
    );
  });

  it("keeps apart what happens to one printer in one instant", () => {
    const series = [
      adjustment,
      { ...adjustment, fan: 100 },
      { ...adjustment, outcome: "withheld" as const },
      verdict,
      { ...verdict, state: "cleared" as const },
      { ...verdict, rule: "hot" },
      prediction,
      { ...prediction, evidence: { ...prediction.evidence, model: { name: "other", version: "v1" } } },
      { roughness: 1 },
    ].map((value) => write(records.at("printer_1", 2, value))!.split(" ")[0]);
    expect(new Set(series).size).toBe(series.length);
  });

  it("adds the prefix and the tags of the node", () => {
    const own = rowWriter({ prefix: "farm", tags: { site: "Berlin Mitte" } });
    expect(own(records.at("p", 1, { roughness: 1 }))).toBe(
      "farm_sensor,site=Berlin\\ Mitte,printer_id=p roughness=1 1000000000",
    );
  });
});
