/** What a filament asks of a printer. */
export interface Material {
  /** °C */
  readonly nozzle: number;
  readonly bed: number;
  /** Part fan, percent. */
  readonly fan: number;
  /** Usual print speed, mm/s. */
  readonly speed: number;
  /** Heat that a millimetre of 1.75 mm filament takes with it, J/K. */
  readonly heat: number;
  /** What it adds to the roughness, in the unit of the data set of roughness.ts. */
  readonly roughness: number;
}

/**
 * Temperatures: medians of SpoolmanDB (369 filaments); fan: the Generic profiles of PrusaSlicer; `heat` of PLA, PETG and
 * ABS: Marlin, FILAMENT_HEAT_CAPACITY_PERMM. Roughness of PLA and ABS: the means of a data set of 50 prints. Ours: the
 * speeds, the heat of the others (by that of their nearest relative), the roughness of TPU, PA and PC.
 */
export const MATERIALS = {
  PLA: { nozzle: 215, bed: 60, fan: 100, speed: 60, heat: 0.0056, roughness: -23 },
  PETG: { nozzle: 240, bed: 75, fan: 40, speed: 50, heat: 0.0036, roughness: 0 },
  ABS: { nozzle: 250, bed: 100, fan: 15, speed: 60, heat: 0.00515, roughness: 23 },
  ASA: { nozzle: 250, bed: 100, fan: 20, speed: 60, heat: 0.00515, roughness: 23 },
  TPU: { nozzle: 230, bed: 60, fan: 80, speed: 25, heat: 0.0056, roughness: 40 },
  PA: { nozzle: 265, bed: 60, fan: 15, speed: 45, heat: 0.00515, roughness: 30 },
  PC: { nozzle: 270, bed: 110, fan: 20, speed: 45, heat: 0.00515, roughness: 15 },
} as const satisfies Record<string, Material>;

export type MaterialName = keyof typeof MATERIALS;
export const MATERIAL_NAMES = Object.keys(MATERIALS) as [MaterialName, ...MaterialName[]];
