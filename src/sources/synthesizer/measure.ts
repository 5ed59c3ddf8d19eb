import type { Random } from "./random.js";
import { BED, NOZZLE } from "./heater.js";
import { MEASUREMENT_NOISE } from "./roughness.js";

/** What sensors make of the truth: noise and steps. Sizes are ours where no source is named. */

/** To the nearest of so many steps a unit: `rounded(215.033, 20)` is 215.05. */
export function rounded(value: number, steps: number): number {
  return Math.round(value * steps) / steps;
}

/** Steps of 0.05 °C, as a 12 bit converter gives near room temperature. */
export function measureNozzle(truth: number, random: Random): number {
  return rounded(truth + NOZZLE.noise * random.gaussian(), 20);
}

export function measureBed(truth: number, random: Random): number {
  return rounded(truth + BED.noise * random.gaussian(), 20);
}

export function measureRoughness(truth: number, random: Random): number {
  return rounded(Math.max(0, truth + MEASUREMENT_NOISE * random.gaussian()), 100);
}

/** Corners and short moves make the speed waver by 3 %. Nothing wavers at rest. */
export function measureSpeed(truth: number, random: Random): number {
  return rounded(truth * (1 + 0.03 * random.gaussian()), 100);
}

/** At 60 mm/s, m/s² RMS. */
const USUAL_VIBRATION = 1.4;
/** Fans and the floor. */
const REST_VIBRATION = 0.05;

/**
 * m/s² RMS, with 6 % of spread; healthy printers at 40 to 80 mm/s show 1 to 2.
 * @param looseness 1 for a sound machine
 * @param impact peak of a blow since the last reading, 0 for none
 */
export function measureVibration(speed: number, looseness: number, impact: number, random: Random): number {
  const rms = REST_VIBRATION + USUAL_VIBRATION * (speed / 60) ** 0.7 * looseness * (1 + 0.06 * random.gaussian());
  return rounded(Math.max(impact, rms, 0), 1000);
}
