import type { Definition } from "./definition.js";
import { didYouMean } from "./suggest.js";

/** Every component of the program, by role and type. */
export class Registry {
  readonly #byRole: Readonly<Record<Definition["role"], Map<string, Definition>>> = {
    source: new Map(),
    operator: new Map(),
    sink: new Map(),
  };

  constructor(readonly definitions: readonly Definition[]) {
    for (const definition of definitions) {
      const known = this.#byRole[definition.role];
      if (known.has(definition.type)) throw new Error(`two ${definition.role}s are called "${definition.type}"`);
      known.set(definition.type, definition);
    }
  }

  find<R extends Definition["role"]>(role: R, type: string): Extract<Definition, { role: R }> | undefined {
    return this.#byRole[role].get(type) as Extract<Definition, { role: R }> | undefined;
  }

  ofRole<R extends Definition["role"]>(role: R): readonly Extract<Definition, { role: R }>[] {
    return [...this.#byRole[role].values()] as Extract<Definition, { role: R }>[];
  }

  /** What to say of a type that is not there: the nearest one, or where else it exists. */
  suggest(role: Definition["role"], type: string): string {
    const elsewhere = this.definitions.find((known) => known.type === type && known.role !== role);
    if (elsewhere)
      return ` "${type}" is ${/^[aeiou]/.test(elsewhere.role) ? "an" : "a"} ${elsewhere.role}: move it to ${elsewhere.role}s.`;
    return (
      didYouMean(type, this.#byRole[role].keys()) || ` Known: ${[...this.#byRole[role].keys()].sort().join(", ")}.`
    );
  }
}
