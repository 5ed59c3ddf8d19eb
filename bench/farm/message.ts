/** What a load is made of. */
export interface Load {
  readonly printers: number;
  /** Readings of one printer in a second of event time. */
  readonly hertz: number;
  /** Event time of the first reading, ms since the epoch. */
  readonly start: number;
}

/** The limit of quality.yaml; a reading above it is to be answered. */
export const THRESHOLD = 75;

/** The i-th reading of a farm whose printers take turns, as the contract's JSON. */
export function sensorMessage(i: number, { printers, hertz, start }: Load, roughness = calm(i)): Message {
  const printer = `printer_${(i % printers) + 1}`;
  const time = start + Math.floor(i / printers) * Math.round(1000 / hertz);
  return {
    printer,
    topic: `printing/${printer}/sensor`,
    payload:
      `{"printer_id":"${printer}","timestamp":"${new Date(time).toISOString()}","layer_height":0.2,` +
      `"nozzle_temp":${(215 + Math.sin(i / 50)).toFixed(2)},"bed_temp":${(60 + Math.cos(i / 70) / 2).toFixed(2)},` +
      `"roughness":${roughness.toFixed(1)},"anomaly":null}`,
  };
}

export interface Message {
  readonly printer: string;
  readonly topic: string;
  readonly payload: string;
}

function calm(i: number): number {
  return 35 + 15 * Math.sin(i / 300) + (i % 7);
}
