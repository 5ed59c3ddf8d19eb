import type { Material } from "./material.js";

/**
 * From the unit of the data set below to ours. Ours: chosen so that PLA at 0.2 mm gives 33 and the usual threshold of 75
 * stands for a surface that anyone would call rough.
 */
const SCALE = 1 / 8;

/** The slow one of the two time constants of the surface, s. Ours: a change of speed shows after about a layer. */
export const SURFACE_TIME = 12;

/** Deviations of one measurement and of the texture that changes from layer to layer, in our unit. Ours. */
export const MEASUREMENT_NOISE = 2.5;
export const LAYER_TEXTURE = 1.5;

/** The nozzle may be so much colder than the material wants, °C, and each further degree starves the line. Ours. */
const COLD_MARGIN = 6;
const PER_COLD_DEGREE = 3;
const COLD_MOST = 110;

/**
 * Roughness of a healthy print once it has settled. `40 + 1232·t` over the layer height t in mm is the linear fit of a
 * public data set of 50 prints (Kaggle, "3D Printer Dataset for Mechanical Engineers"). Ours: 2.3 per °C, 0.55 per mm/s,
 * 0.004 per (mm/s)² from 60 mm/s upward, and the scale.
 */
export function healthyRoughness(
  material: Material,
  layerHeight: number,
  nozzle: number,
  speed: number,
  flow: number,
): number {
  // Beyond ±15 °C from the usual one coldRoughness tells the story.
  const warmer = Math.min(15, Math.max(-15, nozzle - material.nozzle));
  const faster = speed - 60;
  const fast = Math.max(0, faster);
  const fitted = 40 + 1232 * layerHeight + 2.3 * warmer + 0.55 * faster + 0.004 * fast * fast + material.roughness;
  return Math.max(2, SCALE * fitted * flowRatio(flow));
}

/**
 * What the flow does to the roughness: 110 % smooths it by 12 %, more raises it sharply (Scientific Reports 2025,
 * s41598-025-26253-0, fig. 14: Ra 7.82 to 6.88 µm). The slopes beyond 110 % and below 100 % are ours.
 */
function flowRatio(flow: number): number {
  return flow <= 110 ? 1 - 0.012 * (flow - 100) : 0.88 + 0.08 * (flow - 110);
}

/** What a nozzle that is too cold for its material adds: the line is starved. Ours. */
export function coldRoughness(material: Material, nozzle: number): number {
  const missing = material.nozzle - COLD_MARGIN - nozzle;
  return Math.min(COLD_MOST, PER_COLD_DEGREE * Math.max(0, missing));
}
