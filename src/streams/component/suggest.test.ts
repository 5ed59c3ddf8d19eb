import { describe, expect, it } from "@jest/globals";
import { didYouMean } from "./suggest.js";

describe("didYouMean", () => {
  it.each([
    ["influx", ["influxdb", "csv"], ' Did you mean "influxdb"?'],
    ["MQTT", ["mqtt", "csv"], ' Did you mean "mqtt"?'],
    ["tumblign-window", ["tumbling-window", "sliding-window"], ' Did you mean "tumbling-window"?'],
    ["csvv", ["csv"], ' Did you mean "csv"?'],
    ["kafka", ["mqtt", "csv"], ""],
    ["x", [], ""],
  ])("of %s among %j says %j", (word, candidates, expected) => expect(didYouMean(word, candidates)).toBe(expected));
});
