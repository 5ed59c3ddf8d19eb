import { describe, expect, it } from "@jest/globals";
import { router } from "./route.js";

describe("the route of a message", () => {
  it.each([
    ["printing/+/sensor", "printing/printer_1/sensor", "printer_1"],
    ["+/sensor", "printer_1/sensor", "printer_1"],
    ["site/+/printer/+/sensor", "site/a/printer/b/sensor", "a"],
    ["$share/farm/printing/+/sensor", "printing/printer_1/sensor", "printer_1"],
    ["printing/#", "printing/printer_1/sensor", undefined],
    ["readings", "readings", undefined],
    ["printing/+/sensor", "printing//sensor", ""],
  ])("takes the printer from the first + of its filter: %s of %s", (filter, topic, key) => {
    expect(router([filter], [])(topic)).toMatchObject({ what: "reading", key });
  });

  it.each([
    [4, "site/+/printer/+/sensor", "site/a/printer/b/sensor", "b"],
    [2, "printing/#", "printing/printer_1/sensor", "printer_1"],
    [2, "printing/#", "printing", undefined],
    [2, "$share/farm/printing/+", "printing/printer_1", "printer_1"],
  ])("takes it from level %d where that is said: %s of %s", (level, filter, topic, key) => {
    expect(router([filter], [], level)(topic)).toMatchObject({ what: "reading", key });
  });

  it("tells presence from readings, also where both filters match", () => {
    const route = router(["printing/#"], ["printing/+/state"]);
    expect(route("printing/a/sensor").what).toBe("reading");
    expect(route("printing/a/state")).toMatchObject({ what: "presence", key: "a" });
  });

  it("stays right when more topics come than it remembers", () => {
    const route = router(["printing/+/sensor"], ["printing/+/state"]);
    for (let i = 0; i < 100_001; i++) route(`printing/${i}/sensor`);
    expect(route("printing/0/sensor")).toMatchObject({ what: "reading", key: "0" });
    expect(route("printing/0/state")).toMatchObject({ what: "presence", key: "0" });
  });
});
