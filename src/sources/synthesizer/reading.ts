import type { FieldValue } from "../../streams/record/values.js";

/**
 * `heating`: on the way to the temperatures of the next job. `paused`: by command, or because the filament ran out.
 * `finished`: the part cools and is taken off. `idle`: waits for the next job.
 */
export type State = "heating" | "printing" | "paused" | "finished" | "idle";

/** What a printer publishes. Temperatures in °C; powers are duties, 0..1; fan, speed and flow in percent. */
export interface PrinterReading {
  readonly [field: string]: FieldValue;
  readonly printer_id: string;
  /** ISO 8601, UTC, milliseconds. */
  readonly timestamp: string;
  /** mm */
  readonly layer_height: number;
  readonly nozzle_temp: number;
  readonly bed_temp: number;
  /** Null while no surface is being laid. */
  readonly roughness: number | null;
  /** The fault that is at work, from its first moment, or null. */
  readonly anomaly: string | null;
  readonly nozzle_target: number;
  readonly bed_target: number;
  readonly nozzle_power: number;
  readonly bed_power: number;
  readonly fan: number;
  readonly speed_factor: number;
  readonly flow_factor: number;
  /** mm/s */
  readonly feedrate: number;
  readonly layer: number;
  /** m/s² RMS, or the peak of a blow since the last reading. */
  readonly vibration: number;
  readonly filament_present: boolean;
  readonly state: State;
  readonly job_id: string;
  readonly material: string;
}
