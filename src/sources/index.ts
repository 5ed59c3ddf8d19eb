import type { SourceDefinition } from "../streams/component/definition.js";

export const sources: readonly SourceDefinition[] = [];
