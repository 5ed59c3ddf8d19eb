import type { Definition } from "../component/definition.js";
import { ConfigError } from "../component/errors.js";
import type { Kind, RecordType } from "../record/record-type.js";

const KINDS = Object.keys({
  reading: true,
  window: true,
  features: true,
  prediction: true,
  verdict: true,
  adjustment: true,
  late: true,
} satisfies Record<Kind, true>) as Kind[];

/** What kinds of records a component takes and gives, for its documentation. */
interface RecordFlow {
  /** Empty for a source. */
  readonly accepts: readonly Kind[] | "any";
  /** What it emits for at least one of its examples and inputs; "same": what it was given. Empty: nothing. */
  readonly emits: readonly Kind[] | "same";
  readonly sides: readonly string[];
}

/** Finds out by asking the definition, with the options of its examples. */
export function recordFlow(definition: Definition): RecordFlow {
  const options = definition.examples.map((example) => definition.options.parse(example) as unknown);
  if (definition.role !== "operator") {
    const emits = options.flatMap((option) => definition.emits?.(option) ?? []);
    return { accepts: definition.role === "source" ? [] : definition.accepts, emits: kindsOf(emits), sides: [] };
  }
  const given = definition.accepts === "any" ? KINDS : definition.accepts;
  const tried = options.flatMap((option) =>
    given.flatMap((kind) => {
      // Several inputs of one kind: a join asks for two.
      const inputs: RecordType[] = [{ kind }, { kind }];
      const emits = attempt(() => definition.emits(inputs, option));
      const sides = attempt(() => definition.sides?.(inputs, option)) ?? {};
      return emits ? [{ kind, emits, sides: Object.keys(sides) }] : [];
    }),
  );
  const same = tried.length > 0 && given.length > 1 && tried.every(({ kind, emits }) => emits.kind === kind);
  return {
    accepts: definition.accepts,
    emits: same ? "same" : kindsOf(tried.map(({ emits }) => emits)),
    sides: [...new Set(tried.flatMap(({ sides }) => sides))],
  };
}

/** An example may need an input that only a real graph has. */
function attempt<T>(ask: () => T): T | undefined {
  try {
    return ask();
  } catch (cause) {
    if (cause instanceof ConfigError) return undefined;
    throw cause;
  }
}

function kindsOf(types: readonly RecordType[]): Kind[] {
  return [...new Set(types.map(({ kind }) => kind))];
}
