import type { Definition } from "../component/definition.js";
import type { RecordType } from "../record/record-type.js";
import type { Mark } from "./problem.js";
import type { Branch } from "./tree.js";

/** One entry of `from`. */
export interface Reference {
  readonly at: Mark;
  /** As written: `spans` or `spans.late`. */
  readonly text: string;
  readonly name: string;
  readonly side?: string;
}

/** A node on its way into the topology. What is undefined could not be made out, and that is reported. */
export interface Draft {
  readonly name: string;
  readonly role: Definition["role"];
  /** Where its name stands. */
  readonly at: Mark;
  /** All that the file says of it. */
  readonly tree: Branch;
  readonly definition: Definition | undefined;
  readonly from: readonly Reference[];
  /** By `enabled` or `unless`, or because all that it reads is left out. */
  leftOut: boolean;
  /** The references that lead to a node of the file, in the order of `from`. */
  links: readonly Link[];
  options?: { readonly value: unknown };
  emits?: RecordType;
  sides?: Readonly<Record<string, RecordType>>;
}

export interface Link {
  readonly reference: Reference;
  readonly to: Draft;
}

/** The links to nodes that are not left out. */
export function openLinks({ links }: Draft): readonly Link[] {
  return links.filter(({ to }) => !to.leftOut);
}
