import type { Definition } from "./definition.js";

/** A problem that a component sees in its place in the graph. */
export interface Advice {
  /** `error`: it cannot do what it says. `warning`: it can, and will disappoint. */
  readonly severity: "error" | "warning";
  /** What is wrong, and how to mend it. */
  readonly message: string;
  /** The option to point at: ["topics", 1]. */
  readonly path?: readonly (string | number)[];
}

/** A node as its neighbours may see it. */
export interface NodeView {
  readonly name: string;
  readonly definition: Definition;
  readonly options: unknown;
  /** All nodes that feed this one, directly or not. */
  readonly upstream: readonly NodeView[];
  /** All nodes that this one feeds, directly or not. */
  readonly downstream: readonly NodeView[];
  /** Every node of the pipeline. */
  readonly all: readonly NodeView[];
}
