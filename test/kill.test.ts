import { describe, expect, it } from "@jest/globals";
import { cannotOpen } from "../chaos/place.js";
import { kill } from "../chaos/scenarios/kill.js";

const suite = cannotOpen() === undefined ? describe : describe.skip;

suite("killed three times at 500 readings a second", () => {
  it("leaves the rows and control messages of a run that was left alone", async () => {
    const findings = await kill.run({ kills: 3, rate: 500, seed: 1, small: true }, () => undefined);
    expect(findings.filter(({ ok }) => ok === false)).toEqual([]);
    expect(findings.length).toBeGreaterThan(0);
  }, 240_000);
});
