import type { Expression } from "../../streams/expression/compile.js";
import { derive, type StreamRecord } from "../../streams/record/record.js";
import type { Features, FieldValue, Prediction, Reading } from "../../streams/record/values.js";

type Add = (record: StreamRecord) => StreamRecord;
type Computed = readonly (readonly [string, Expression])[];

/** A record with the computed fields on it. Each expression reads those before it too. */
export function adder(set: Computed): Add {
  const toFeatures = featureAdder(set);
  return (record) => {
    const value = record.value as Reading | Features | Prediction;
    if (value.kind === "features") return toFeatures(record as StreamRecord<Features>);
    if (value.kind === "prediction") return addToPrediction(record as StreamRecord<Prediction>, set);
    return addToReading(record as StreamRecord<Reading>, set);
  };
}

/** A reading that gets nothing new goes on as it is: printers without targets have no error of a heater. */
function addToReading(record: StreamRecord<Reading>, set: Computed): StreamRecord<Reading> {
  let current = record;
  let fields: Record<string, FieldValue | undefined> | undefined;
  for (const [name, expression] of set) {
    const value = expression.evaluate(current);
    if (value === undefined && current.value[name] === undefined) continue;
    if (fields === undefined) {
      fields = Object.assign({}, record.value);
      current = derive(record, fields);
    }
    put(fields, name, value);
  }
  return current;
}

function addToPrediction(record: StreamRecord<Prediction>, set: Computed): StreamRecord<Prediction> {
  const fields: Record<string, number> = Object.assign({}, record.value.fields);
  const copy = derive(record, { ...record.value, fields });
  for (const [name, expression] of set) put(fields, name, asNumber(expression.evaluate(copy)));
  return copy;
}

/** The names of features are one array shared by all records of a node: what is made of them is too. */
function featureAdder(set: Computed): (record: StreamRecord<Features>) => StreamRecord<Features> {
  let from: readonly string[] | undefined;
  let names: readonly string[] = [];
  let places: readonly number[] = [];
  return (record) => {
    if (record.value.names !== from) {
      from = record.value.names;
      names = [...new Set([...from, ...set.map(([name]) => name)])];
      places = set.map(([name]) => names.indexOf(name));
    }
    const values = new Float64Array(names.length).fill(NaN);
    values.set(record.value.values);
    const copy = derive(record, { ...record.value, names, values });
    set.forEach(([, expression], i) => (values[places[i]!] = asNumber(expression.evaluate(copy)) ?? NaN));
    return copy;
  };
}

function put<V>(fields: Record<string, V>, name: string, value: V | undefined): void {
  if (value !== undefined) fields[name] = value;
  else Reflect.deleteProperty(fields, name);
}

function asNumber(value: FieldValue | undefined): number | undefined {
  return typeof value === "boolean" ? Number(value) : typeof value === "number" ? value : undefined;
}
