import { z } from "zod";
import { defineOperator } from "../../streams/component/define.js";
import { floatsFromText, floatsToText } from "../../streams/record/json.js";
import { positiveDuration } from "../../streams/component/fields.js";
import { sameType } from "../../streams/component/inputs.js";
import { type Codec, DEFAULT_KEY_LIMIT, KeyedState } from "../../streams/time/keyed-state.js";

const Options = z.strictObject({
  count: z.int().min(1).max(10_000).meta({ description: "At most so many records of each printer…" }),
  per: positiveDuration.meta({ description: "…in any span of event time of this length." }),
});

/** Printers times remembered times, 8 bytes each: at most 80 MB, besides what each printer costs. */
const MEMORY = 10_000_000;

/** The event times of the last records that passed, oldest overwritten first once full. */
interface Passed {
  readonly times: number[];
  oldest: number;
}

/**
 * Lets so many records of each printer through in any span of event time; the others can be read as `name.limited`. A
 * record passes if the one that passed `count` records before it lies far enough back, or ahead: a clock that was set
 * back limits nothing. A printer that goes away is not forgotten: one whose connection comes and goes would get past the
 * limit. Holds the times of 100,000 printers, fewer where `count` is above 100. Not for verdicts whose end must not be lost;
 * the feedback sink has its own limit.
 */
export const rateLimit = defineOperator({
  type: "rate-limit",
  summary: "Lets at most so many records of each printer through in a span of event time.",
  options: Options,
  examples: [
    { count: 1, per: "1s" },
    { count: 10, per: "1m" },
  ],
  accepts: "any",
  emits: (inputs) => sameType(inputs),
  sides: (inputs) => ({ limited: sameType(inputs) }),
  stateful: true,
  stateOf: () => ({}),
  open({ count, per }) {
    const codec: Codec<Passed, string> = {
      // In order of time, so that another count can take the newest of them.
      save: ({ times, oldest }) => floatsToText(Float64Array.from([...times.slice(oldest), ...times.slice(0, oldest)])),
      load: (saved) => ({ times: [...floatsFromText(saved).slice(-count)], oldest: 0 }),
    };
    const passed = new KeyedState<Passed>(() => ({ times: [], oldest: 0 }), {
      limit: Math.min(DEFAULT_KEY_LIMIT, Math.ceil(MEMORY / count)),
      codec,
    });
    return {
      process(record, output) {
        const state = passed.of(record.key);
        const { times, oldest } = state;
        if (times.length < count) {
          times.push(record.eventTime);
        } else if (Math.abs(record.eventTime - times[oldest]!) >= per) {
          times[oldest] = record.eventTime;
          state.oldest = (oldest + 1) % count;
        } else {
          output.side("limited", record);
          return;
        }
        output.emit(record);
      },
      keys: () => passed.size,
      state: { passed },
    };
  },
});
