import { describe, expect, it } from "@jest/globals";
import { layoutOf, notesLayoutOf, tokenOf } from "./layout.js";

describe("the layout of a stream on NATS", () => {
  it("has a subject for each partition of each origin", () => {
    const layout = layoutOf("quality.hall_1-sensors", 4);
    expect(layout).toMatchObject({
      stream: "quality.hall_1-sensors",
      name: "layerstream-quality_hall_1-sensors",
      everything: "layerstream.quality_hall_1-sensors.*.*",
    });
    expect(layout.subject(3, "hall-1")).toBe("layerstream.quality_hall_1-sensors.3.hall-1");
    expect(layout.partition(3)).toBe("layerstream.quality_hall_1-sensors.3.*");
  });

  it("has subjects for the notes of each group", () => {
    const layout = notesLayoutOf("hall_1", "quality.alerts", 4);
    expect(layout.name).toBe("layerstream_notes-hall_1=quality_alerts");
    expect(layout.partition(3)).toBe("layerstream_notes.hall_1.quality_alerts.3");
  });

  it("has no two streams under one name", () => {
    const streams = ["a", "a-b", "a.b", "a.b_c", "a.b-c", "a-b.c", "a.B", "a._b", "a.-b", "a--b.c"];
    expect(new Set(streams.map(tokenOf)).size).toBe(streams.length);
  });

  it.each(["a_b", "a_b.c", "a.b.c", ".a", "a.", "", "a b", "a.*", "a.ü", `a.${"x".repeat(65)}`])(
    "refuses %j as the name of a stream",
    (stream) => {
      expect(() => layoutOf(stream, 1)).toThrow(`stream "${stream}" cannot be kept on NATS: use up to 64`);
    },
  );
});
