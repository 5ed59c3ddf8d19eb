/** Messages on which two readers of the same topic may disagree: as they come, whether they make sense or not. */
export interface Sent {
  readonly id: string;
  readonly text: string;
}

const DAY = 86_400_000;
const NOW = Date.now();
/** A recent second, so that none is refused for its age; each reading below has its own. */
let second = Math.floor(NOW / 1000) - 10_000;
const next = (): number => second++;
const iso = (seconds: number): string => new Date(seconds * 1000).toISOString().slice(0, 19);

const reading = (more: object, id = "printer_1"): Sent => ({
  id,
  text: JSON.stringify({ printer_id: id, timestamp: next(), nozzle_temp: 215, ...more }),
});
const written = (part: string): Sent => ({
  id: "printer_1",
  text: `{"printer_id":"printer_1","timestamp":${next()},${part}}`,
});

const times: readonly unknown[] = [
  next(),
  next() + 0.25,
  next() + 0.123456,
  next() + 0.1234567891,
  next() * 1000,
  next() * 1000 + 0.5,
  next() * 1000 + 0.123456789,
  String(next()),
  ` ${next()}.75 `,
  `${iso(next())}Z`,
  `${iso(next())}.1Z`,
  `${iso(next())}.123Z`,
  `${iso(next())}.123456Z`,
  `${iso(next())}.1239999Z`,
  `${iso(next())}.123456789Z`,
  `${iso(next())}.99999999999999Z`,
  iso(next()),
  iso(next()).replace("T", " "),
  ` ${iso(next())} `,
  `${iso(next())}+02:00`,
  `${iso(next())}-0330`,
  `${iso(next())}.5+05:45`,
  iso(next()).slice(0, 16),
  `${iso(next()).slice(0, 16)}Z`,
  iso(next()).slice(0, 10),
  `${iso(next()).slice(0, 10)}T24:00:00Z`,
  `${iso(next()).slice(0, 10)}T24:00:01Z`,
  `${iso(next()).slice(0, 10)}T12:60:00Z`,
  `${iso(next()).slice(0, 10)}T12:00:60Z`,
  `${iso(next())}z`,
  `${iso(next())}.Z`,
  `${iso(next())}+2`,
  "2024-02-29T00:00:00Z",
  "2023-02-29T00:00:00Z",
  "2024-12-31T23:59:59.999Z",
  "2024-00-01T00:00:00Z",
  "2024-13-01T00:00:00Z",
  "15/06/2024",
  "noon",
  "",
  true,
  null,
  Math.floor((NOW - 3649 * DAY) / 1000),
  Math.floor((NOW - 3651 * DAY) / 1000),
  NOW + DAY - 600_000,
  NOW + DAY + 600_000,
  -1,
  1e11,
];

/** As they are written, which JSON.stringify would not do. */
const numbers = [
  "-0",
  "-0.0",
  "0.1",
  "1e3",
  "1E-7",
  "5e-324",
  "1.7976931348623157e308",
  "12345678901234567890",
  "1e21",
];

const tags: readonly object[] = [
  { job_id: "bracket-7" },
  { job_id: "bracket 7, left=1" },
  { job_id: "" },
  { job_id: null },
  { job_id: 4711 },
  { job_id: 47.25 },
  { job_id: true },
  { job_id: "C:\\jobs\\" },
  { job_id: "a\\ b\\\\,c" },
  { job_id: "two\nlines\ttab" },
  { job_id: "ä 打印机 \u00a0\u200b😀" },
  { job_id: "half \ud800" },
  { material: "PLA", job_id: "bracket-7" },
  { material: "PLA+ (black)" },
];

const fields: readonly object[] = [
  {},
  { nozzle_temp: null },
  { nozzle_temp: 215.5, bed_temp: 60, roughness: 32, layer_height: 0.2, anomaly: null },
  {
    ...{ nozzle_target: 215, bed_target: 60, nozzle_power: 0.51, bed_power: 0.22, fan: 100, speed_factor: 100 },
    ...{ flow_factor: 95, feedrate: 60, layer: 41, vibration: 1.4, filament_present: true, state: "printing" },
  },
  { filament_present: false, anomaly: "clog" },
  { chamber: 35, "my field": 1, "a,b=c": 2, "": 3, time: 4, _time: 5, _field: "x", _measurement: true },
  { "back\\": 1, ä: 2, "new\nline": 3 },
  { note: "" },
  { note: 'say "hi" \\o/' },
  { note: "two\r\nlines" },
  { note: "null\0byte and ünï 😀 \ud800" },
  { note: "C:\\" },
  { note: "\ufffd" },
  { layer: "41" },
  { fan: true },
  { list: [] },
  { kind: "reading" },
];

const ids = ["printer_7", "hall 2, row=3", "Drucker ä", "打印机", "x".repeat(256), "x".repeat(257), "😀".repeat(128)];

export const READINGS: readonly Sent[] = [
  ...times.map((timestamp) => reading({ timestamp })),
  ...numbers.map((number) => written(`"vibration":${number}`)),
  ...tags.map((more) => reading(more)),
  ...fields.map((more) => reading(more)),
  ...ids.map((id) => reading({}, id)),
  // Twice the same field: the last one counts.
  written('"roughness":1,"roughness":2'),
  { ...written('"roughness":3'), text: ` ${written('"roughness":3').text}\n` },
  reading({ printer_id: "printer_2" }),
  reading({ note: "x".repeat(65_000) }),
  reading({ note: "x".repeat(65_500) }),
];
