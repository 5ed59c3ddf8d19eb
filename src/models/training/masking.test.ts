import { describe, expect, it } from "@jest/globals";
import { fieldColumns, maskFields } from "./masking.js";
import { seededRandom } from "./random.js";

const NAMES = ["roughness_mean", "bed_temp_mean", "roughness_std", "bed_temp_std"];

describe("maskFields", () => {
  it("knows which features come from one field", () => {
    expect([...fieldColumns(NAMES)]).toEqual([
      ["roughness", [0, 2]],
      ["bed_temp", [1, 3]],
    ]);
  });

  it("hides whole fields, the target's own as often as it is told", () => {
    const batch = new Float32Array(4 * 1000).fill(1);
    maskFields(NAMES, { any: 0.1, target: 0.5 }, "roughness")(batch, seededRandom(1));
    const rows = Array.from({ length: 1000 }, (_, i) => [...batch.subarray(i * 4, i * 4 + 4)]);
    expect(rows.every(([a, b, c, d]) => a === c && b === d)).toBe(true);
    expect(rows.filter(([roughness]) => roughness === 0).length / 1000).toBeCloseTo(0.5, 1);
    expect(rows.filter(([, bed]) => bed === 0).length / 1000).toBeCloseTo(0.1, 1);
  });
});
