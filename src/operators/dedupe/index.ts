import { z } from "zod";
import { defineOperator } from "../../streams/component/define.js";
import { floatsFromText, floatsToText } from "../../streams/record/json.js";
import { reading } from "../../streams/record/record-type.js";
import type { StreamRecord } from "../../streams/record/record.js";
import type { Reading } from "../../streams/record/values.js";
import { type Codec, DEFAULT_KEY_LIMIT, KeyedState } from "../../streams/time/keyed-state.js";
import { fingerprinter } from "./fingerprint.js";
import { Recent } from "./recent.js";

const Options = z.strictObject({
  fields: z.array(z.string().min(1)).optional().meta({
    description: "Readings of one printer and time are the same if these fields are. Absent: all. []: always.",
  }),
  last: z
    .int()
    .min(1)
    .max(100_000)
    .default(64)
    .meta({ description: "How many readings of each printer are remembered: more than a broker redelivers at once." }),
});

/** Printers times remembered readings, 12 bytes each: at most 120 MB, besides what each printer costs. */
const MEMORY = 10_000_000;

/**
 * Drops readings that came before: same printer, same event time, same fields. QoS 1 brings a message twice when a
 * connection breaks at the wrong moment. A repeat that comes after more than `last` other readings of its printer goes
 * through. What is dropped can be read as `name.repeats`.
 *
 * A printer that goes away is not forgotten: when it is back is when repeats come. Remembers 100,000 printers, fewer
 * where `last` is above 100.
 */
export const dedupe = defineOperator({
  type: "dedupe",
  summary: "Drops readings that came before, as happens when a broker delivers again.",
  options: Options,
  examples: [{}, { last: 1000 }, { fields: ["roughness", "nozzle_temp"] }],
  accepts: ["reading"],
  emits: () => reading,
  sides: () => ({ repeats: reading }),
  stateful: true,
  stateOf: ({ fields }) => ({ fields: fields ? [...fields].sort() : null }),
  open({ fields, last }) {
    const fingerprint = fingerprinter(fields);
    const codec: Codec<Recent, string> = {
      save: (seen) => floatsToText(seen.entries()),
      load: (saved) => Recent.of(floatsFromText(saved), last),
    };
    const recent = new KeyedState(() => new Recent(last), {
      limit: Math.min(DEFAULT_KEY_LIMIT, Math.ceil(MEMORY / last)),
      codec,
    });
    return {
      process(record: StreamRecord<Reading>, output) {
        if (recent.of(record.key).repeats(record.eventTime, fingerprint(record.value))) output.side("repeats", record);
        else output.emit(record);
      },
      keys: () => recent.size,
      state: { recent },
    };
  },
});
