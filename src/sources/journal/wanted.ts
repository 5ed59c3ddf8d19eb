import type { Batch } from "../../streams/record/record.js";
import { isMark } from "../../streams/record/record.js";
import type { Reading } from "../../streams/record/values.js";

export interface Only {
  readonly printers?: readonly string[] | undefined;
  readonly job?: string | undefined;
}

/** Leaves out what is not of these printers or of this job. The marks of a printer come once one of its readings has. */
export function wanted({ printers, job }: Only): (batch: Batch<Reading>) => Batch<Reading> {
  if (!printers && job === undefined) return (batch) => batch;
  const only = printers && new Set(printers);
  const met = new Set<string>();
  return (batch) =>
    batch.filter((element) => {
      const { key } = element;
      if (only && !only.has(key)) return false;
      if (isMark(element)) return met.has(key);
      // A bridge may send a number.
      if (job !== undefined && String(element.value["job_id"] ?? "") !== job) return false;
      met.add(key);
      return true;
    });
}
