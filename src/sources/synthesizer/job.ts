import { MATERIALS, type Material, type MaterialName } from "./material.js";
import type { Random } from "./random.js";

/** One print job. */
export interface Job {
  readonly id: string;
  readonly materialName: MaterialName;
  readonly material: Material;
  /** mm */
  readonly layerHeight: number;
  readonly layers: number;
  /** A layer at 100 % speed, s. */
  readonly layerTime: number;
}

/** Most jobs use the usual layer height, some a finer or a coarser one. */
const LAYER_RATIOS = [0.8, 1, 1, 1, 1.2];

/** The next job of a printer. Number and length of its layers are ours: half an hour to an hour and a half in all. */
export function drawJob(id: string, layerHeight: number, materials: readonly MaterialName[], random: Random): Job {
  const materialName = random.pick(materials);
  return {
    id,
    materialName,
    material: MATERIALS[materialName],
    layerHeight: Math.round(layerHeight * random.pick(LAYER_RATIOS) * 1000) / 1000,
    layers: random.whole(100, 220),
    layerTime: random.between(15, 25),
  };
}
