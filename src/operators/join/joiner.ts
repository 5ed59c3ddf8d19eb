import { derive, type StreamRecord } from "../../streams/record/record.js";
import type { Features, FieldValue, Prediction, Reading } from "../../streams/record/values.js";

export type Joinable = Reading | Features | Prediction;

/** Puts values under these names onto a record; no values: it had no partner, and what is not known is left out. */
export function joiner(
  added: readonly string[],
): (record: StreamRecord<Joinable>, values: readonly FieldValue[] | undefined) => StreamRecord<Joinable> {
  const toFeatures = featureJoiner(added);
  return (record, values) => {
    const { value } = record;
    if (value.kind === "features") return derive(record, toFeatures(value as Features, values));
    if (values === undefined) return record;
    if (value.kind !== "prediction") return derive(record, Object.assign({}, value, fieldsOf(added, values)));
    const prediction = value as Prediction;
    return derive(record, { ...prediction, fields: Object.assign({}, prediction.fields, numbersOf(added, values)) });
  };
}

/** The names of features are one array shared by all records of a node: what is made of them is too. */
function featureJoiner(added: readonly string[]) {
  let from: readonly string[] | undefined;
  let names: readonly string[] = [];
  let places: readonly number[] = [];
  return (features: Features, values: readonly FieldValue[] | undefined): Features => {
    if (features.names !== from) {
      from = features.names;
      names = [...new Set([...from, ...added])];
      places = added.map((name) => names.indexOf(name));
    }
    const joined = new Float64Array(names.length).fill(NaN);
    joined.set(features.values);
    places.forEach((place, i) => (joined[place] = numberOf(values?.[i]) ?? NaN));
    return { ...features, names, values: joined };
  };
}

function fieldsOf(names: readonly string[], values: readonly FieldValue[]): Reading {
  return Object.fromEntries(names.map((name, i) => [name, values[i]]));
}

function numbersOf(names: readonly string[], values: readonly FieldValue[]): Record<string, number> {
  return Object.fromEntries(
    names.flatMap((name, i) => {
      const number = numberOf(values[i]);
      return number === undefined ? [] : [[name, number]];
    }),
  );
}

function numberOf(value: FieldValue | undefined): number | undefined {
  return typeof value === "boolean" ? Number(value) : typeof value === "number" ? value : undefined;
}
