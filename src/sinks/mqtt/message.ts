import { plainValue } from "../../streams/record/plain.js";
import type { StreamRecord } from "../../streams/record/record.js";
import { timeText } from "../../streams/record/timestamp.js";
import type { Reading } from "../../streams/record/values.js";

/** A record as the text of a message: flat JSON that always says whose it is and of when. A reading goes as it came. */
export function payloadOf({ key, eventTime, value }: StreamRecord): string {
  const { printer_id, timestamp } = value as Reading;
  if (printer_id === key && timestamp !== undefined && timestamp !== null) return JSON.stringify(value);
  return JSON.stringify({ ...plainValue(value), printer_id: key, timestamp: timeText(eventTime) });
}
