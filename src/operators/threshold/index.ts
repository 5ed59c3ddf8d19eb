import { defineOperator } from "../../streams/component/define.js";
import { checkFields } from "../../streams/component/inputs.js";
import { readNumber } from "../../streams/record/field.js";
import { derive, type StreamRecord } from "../../streams/record/record.js";
import { verdict } from "../../streams/record/record-type.js";
import { timeText } from "../../streams/record/timestamp.js";
import type { Evidence, Features, Prediction, Reading, Verdict, Window } from "../../streams/record/values.js";
import { KeyedState, plainCodec } from "../../streams/time/keyed-state.js";
import { Options } from "./options.js";
import { judge, ruleOf, type Sample, type Watched } from "./rule.js";

type Watchable = Reading | Features | Prediction | Window;

/**
 * Watches one field of each printer against a limit, with hysteresis: an episode begins when the field is over the limit
 * and ends when it is back at `clear`; between the two the rule stands by what it last said. It speaks once at the
 * beginning and once at the end, and again in between where `remind` says so, always with the same episode.
 *
 * Several inputs share one state a printer: sensors and the estimates that stand in for them. A sample older than the
 * newest changes nothing, unless it is older by an hour or more: then the printer's clock was set back. A printer that
 * goes silent or away says nothing, so its episode stays open until it speaks again: it may still be slowed, and whoever
 * slowed it has to hear when that is over. Holds a few numbers for each of 100,000 printers in memory.
 */
export const threshold = defineOperator({
  type: "threshold",
  summary: "Says when a field of a printer goes over a limit and when it is back.",
  options: Options,
  examples: [
    { field: "roughness", above: 75, clear: 70 },
    { field: "nozzle_temp", below: 180, margin: 5, hold: "5s", while: "state == 'printing'" },
    { field: "anomaly_score", above: 0.9, clear: 0.5, for: 3, clear_after: "10s", remind: "30s" },
  ],
  accepts: ["reading", "features", "prediction", "window"],
  emits(inputs, { field }) {
    checkFields(inputs, [field]);
    return verdict;
  },
  stateful: true,
  // An open episode outlasts another limit: it ends by the new one.
  stateOf: ({ field, above }) => ({ field, side: above === undefined ? "below" : "above" }),
  demands: (options) => ({ fields: [options.field, ...(options.while?.fields ?? [])], samples: false }),
  open(options, context) {
    const rule = ruleOf(options);
    const { field, while: applies } = options;
    const watched = new KeyedState<Watched>(() => ({}), { codec: plainCodec() });
    return {
      process(record: StreamRecord<Watchable>, output) {
        const observed = readNumber(record.value, field);
        if (observed === undefined || !Number.isFinite(observed)) return;
        if (applies && !applies.holds(record)) {
          delete watched.touch(record.key)?.run;
          return;
        }
        const sample = sampleOf(record, observed);
        const decision = judge(watched.of(record.key), sample, rule);
        if (!decision) return;
        const { state, began, evidence } = decision;
        const spoken: Verdict = {
          kind: "verdict",
          rule: context.node,
          state,
          field,
          observed,
          limit: state === "raised" ? rule.limit : rule.clear,
          estimated: sample.estimated,
          episode: `${record.key}/${context.node}/${timeText(began)}`,
          evidence,
        };
        output.emit(derive(record, spoken));
      },
      keys: () => watched.size,
      state: { watched },
    };
  },
});

function sampleOf(record: StreamRecord<Watchable>, value: number): Sample {
  return {
    value,
    eventTime: record.eventTime,
    estimated: record.value.kind === "prediction",
    evidence: evidenceOf(record),
  };
}

/** How a conclusion from this record leads back to the readings. */
function evidenceOf({ value, position }: StreamRecord<Watchable>): Evidence {
  switch (value.kind) {
    case "features":
    case "prediction":
      return (value as Features | Prediction).evidence;
    case "window": {
      const { start, end, from, to, revision } = value as Window;
      return { window: { start, end }, ...(revision > 0 && { revision }), from, to };
    }
    default:
      return { from: position, to: position };
  }
}
