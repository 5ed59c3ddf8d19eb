import type { RecordOperator } from "../component/definition.js";
import { derive, type StreamRecord } from "../record/record.js";
import { SUMMARY_SIZE } from "../record/summary.js";
import type { Features, Window } from "../record/values.js";
import { statistic, type Statistic } from "./statistics.js";

/** The statistics that are wanted of a field, in order. */
export type Wanted = readonly (readonly [field: string, statistics: readonly Statistic[]])[];

/** `roughness_mean`, `roughness_max`: field by field, in the order of its statistics. */
export function featureNames(wanted: Wanted): readonly string[] {
  return wanted.flatMap(([field, statistics]) => statistics.map((name) => `${field}_${name}`));
}

/** Makes of each window the wanted statistics. A field that the window lacks is like one that was not measured. */
export function windowFeatures(wanted: Wanted): RecordOperator<Window, Features> {
  const names = featureNames(wanted);
  let fields: readonly string[] | undefined;
  let places: readonly number[] = [];
  return {
    process(record: StreamRecord<Window>, output) {
      const { value: window } = record;
      if (window.fields !== fields) {
        fields = window.fields;
        places = wanted.map(([field]) => window.fields.indexOf(field) * SUMMARY_SIZE);
      }
      output.emit(derive(record, { kind: "features", names, values: valuesOf(window), evidence: evidenceOf(window) }));
    },
  };

  function valuesOf({ summaries }: Window): Float64Array {
    const values = new Float64Array(names.length);
    let next = 0;
    for (let i = 0; i < wanted.length; i++) {
      const statistics = wanted[i]![1];
      const at = places[i]!;
      const source = at < 0 ? NOTHING : summaries;
      for (let j = 0; j < statistics.length; j++) values[next++] = statistic(statistics[j]!, source, at < 0 ? 0 : at);
    }
    return values;
  }
}

const NOTHING = new Float64Array(SUMMARY_SIZE);

function evidenceOf({ start, end, from, to, revision }: Window): Features["evidence"] {
  return { window: { start, end }, ...(revision > 0 && { revision }), from, to };
}
