import type { RecordType } from "../record/record-type.js";
import { ConfigError } from "./errors.js";
import { didYouMean } from "./suggest.js";

/** What an operator hands on that takes any kind of record and changes it little: all inputs must be of one kind. */
export function sameType(inputs: readonly RecordType[]): RecordType {
  const [first, ...rest] = inputs;
  const other = rest.find(({ kind }) => kind !== first!.kind);
  if (other)
    throw new ConfigError(
      `it reads ${first!.kind} and ${other.kind} records and can hand on one kind only; give each a node of its own`,
    );
  const agree = rest.every(({ fields }) => String(fields) === String(first!.fields));
  return agree ? first! : { kind: first!.kind };
}

/** Refuses fields that none of the inputs can have. Only of features is it known which there are. */
export function checkFields(inputs: readonly RecordType[], wanted: Iterable<string>): void {
  const known = new Set<string>();
  for (const { kind, fields } of inputs) {
    if (kind !== "features" || !fields) return;
    for (const field of fields) known.add(field);
  }
  for (const name of wanted) {
    if (known.has(name)) continue;
    const mend = didYouMean(name, known) || ` Known: ${[...known].join(", ")}.`;
    throw new ConfigError(`there is no feature "${name}".${mend}`);
  }
}
