import { ConfigError } from "../component/errors.js";
import { didYouMean } from "../component/suggest.js";
import type { RecordType } from "../record/record-type.js";
import { type Draft, type Link, openLinks } from "./draft.js";
import type { Problems } from "./problem.js";

/** Works out what each node emits, and that each takes what it is given. Drafts come in order: inputs first. */
export function resolveTypes(drafts: readonly Draft[], problems: Problems): void {
  for (const draft of drafts) {
    const { definition, options, name, at } = draft;
    if (!definition) continue;
    const inputs = acceptedInputs(draft, problems);
    if (!inputs || !options) continue;
    try {
      if (definition.role === "operator") {
        draft.emits = definition.emits(inputs, options.value);
        draft.sides = definition.sides?.(inputs, options.value) ?? {};
      } else {
        const emits = definition.emits?.(options.value);
        if (emits) draft.emits = emits;
        draft.sides = {};
      }
    } catch (cause) {
      if (!(cause instanceof ConfigError)) throw cause;
      problems.error(at, cause.message, name);
    }
  }
}

/** The types of the inputs; undefined where one is wrong, or unknown since something before it is wrong. */
function acceptedInputs(draft: Draft, problems: Problems): RecordType[] | undefined {
  const links = openLinks(draft);
  // What is wrong with its `from` is said already; what follows from it is no second problem.
  if (links.length === 0 && draft.role !== "source") return undefined;
  const types = links.flatMap((link) => {
    const type = typeOf(link);
    if (type && accepts(draft, type)) return [type];
    const { side } = link.reference;
    const missing = side === undefined ? undefined : unknownSide(side, link.to);
    const trouble = type ? mismatch(draft, link, type) : missing;
    if (trouble !== undefined) problems.error(link.reference.at, trouble, draft.name);
    return [];
  });
  return types.length === links.length && draft.links.length === draft.from.length ? types : undefined;
}

/** The type of what a link carries, undefined where it is not known. */
export function typeOf({ reference: { side }, to }: Link): RecordType | undefined {
  if (side === undefined) return to.emits;
  return to.sides && Object.hasOwn(to.sides, side) ? to.sides[side] : undefined;
}

function accepts({ definition }: Draft, { kind }: RecordType): boolean {
  if (!definition || definition.role === "source") return true;
  return definition.accepts === "any" || definition.accepts.includes(kind);
}

function mismatch({ definition, role }: Draft, { reference }: Link, { kind }: RecordType): string | undefined {
  if (!definition || definition.role === "source" || definition.accepts === "any") return undefined;
  const wanted = definition.accepts.join(" or ");
  return `${role} "${definition.type}" accepts ${wanted}, but "${reference.text}" emits ${kind}; let it read a node that emits ${wanted}`;
}

/** What is wrong with naming this side of a node; undefined also where its sides are not known. */
export function unknownSide(side: string, to: Draft): string | undefined {
  if (!to.sides || Object.hasOwn(to.sides, side)) return undefined;
  const sides = Object.keys(to.sides);
  const known = sides.length > 0 ? ` Known: ${sides.join(", ")}.` : ` It has none: write "${to.name}".`;
  return `"${to.name}" has no side "${side}".${didYouMean(side, sides) || known}`;
}
