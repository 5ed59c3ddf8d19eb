import { describe, expect, it } from "@jest/globals";
import { MATERIAL_NAMES, MATERIALS } from "./material.js";
import { coldRoughness, healthyRoughness } from "./roughness.js";

const { PLA } = MATERIALS;
const usual = (layer: number, speed = 60) => healthyRoughness(PLA, layer, PLA.nozzle, speed, 100);

describe("healthyRoughness", () => {
  it("is about 33 for PLA at 0.2 mm and 60 mm/s", () => expect(usual(0.2)).toBeCloseTo(32.9, 1));

  it.each(MATERIAL_NAMES)("lies between 25 and 55 for %s at 0.2 mm", (name) => {
    const material = MATERIALS[name];
    const roughness = healthyRoughness(material, 0.2, material.nozzle, material.speed, 100);
    expect(roughness).toBeGreaterThan(25);
    expect(roughness).toBeLessThan(55);
  });

  it("rises with layer height and with speed", () => {
    const layers = [0.08, 0.12, 0.16, 0.2, 0.28].map((layer) => usual(layer));
    expect(layers).toEqual(layers.toSorted((a, b) => a - b));
    const speeds = [20, 40, 60, 90, 150].map((speed) => usual(0.2, speed));
    expect(speeds).toEqual(speeds.toSorted((a, b) => a - b));
  });

  it("is 12 % smoother at a flow of 110 %, and rough beyond", () => {
    const flow = (percent: number) => healthyRoughness(PLA, 0.2, PLA.nozzle, 60, percent);
    expect(flow(110) / flow(100)).toBeCloseTo(0.88, 2);
    expect(flow(115)).toBeGreaterThan(flow(100));
    expect(flow(90)).toBeGreaterThan(flow(100));
  });

  it("never falls below 2, and stays finite for a nozzle that is cold", () => {
    expect(healthyRoughness(PLA, 0.04, 0, 6, 110)).toBe(2);
  });
});

describe("coldRoughness", () => {
  it("is nothing while the nozzle swings by a few degrees", () => expect(coldRoughness(PLA, PLA.nozzle - 6)).toBe(0));
  it("rises by 3 a degree and has a limit", () => {
    expect(coldRoughness(PLA, PLA.nozzle - 16)).toBe(30);
    expect(coldRoughness(PLA, 20)).toBe(110);
  });
});
