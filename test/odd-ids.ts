/** Printer ids that line protocol could trip over, and as what a database has them. */
export const ODD_IDS: readonly (readonly [id: string, read: string])[] = [
  ["spaces, commas = and more", "spaces, commas = and more"],
  ["打印机 ä", "打印机 ä"],
  ["back\\slash", "back\\slash"],
  ["ends with \\", "ends with /"],
  ["two\nlines", "two lines"],
];

/** A text that would be a row of its own if a line feed got through. */
export const INJECTING = 'a "text"\nprinter_sensor,printer_id=injected flow=1 1';
