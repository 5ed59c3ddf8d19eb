/** What a load is made of. */
export interface Load {
  readonly printers: number;
  /** Readings of one printer in a second of event time. */
  readonly hertz: number;
  /** Event time of the first reading, ms since the epoch. */
  readonly start: number;
  /** All that the models look at, as a printer of the synthesizer says it; otherwise the least that a reading has. */
  readonly allFields?: boolean;
}

/** The limit of quality.yaml; a reading above it is to be answered. */
export const THRESHOLD = 75;

/** The i-th reading of a farm whose printers take turns, as the contract's JSON. */
export function sensorMessage(i: number, load: Load, roughness = calm(i)): Message {
  const { printers, hertz, start, allFields } = load;
  const printer = `printer_${(i % printers) + 1}`;
  const time = start + Math.floor(i / printers) * Math.round(1000 / hertz);
  return {
    printer,
    topic: `printing/${printer}/sensor`,
    payload:
      `{"printer_id":"${printer}","timestamp":"${new Date(time).toISOString()}","layer_height":0.2,` +
      `"nozzle_temp":${(215 + Math.sin(i / 50)).toFixed(2)},"bed_temp":${(60 + Math.cos(i / 70) / 2).toFixed(2)},` +
      `"roughness":${roughness.toFixed(1)},"anomaly":null${allFields ? others(i) : ""}}`,
  };
}

export interface Message {
  readonly printer: string;
  readonly topic: string;
  readonly payload: string;
}

function others(i: number): string {
  const noise = Math.sin(i * 1.7);
  return (
    `,"nozzle_target":215,"bed_target":60,"nozzle_power":${(0.5 + noise / 20).toFixed(3)},` +
    `"bed_power":${(0.3 + noise / 50).toFixed(3)},"feedrate":${(60 + noise).toFixed(1)},` +
    `"vibration":${(1.4 + noise / 9).toFixed(3)},"state":"printing"`
  );
}

function calm(i: number): number {
  return 35 + 15 * Math.sin(i / 300) + (i % 7);
}
