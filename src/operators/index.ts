import type { OperatorDefinition } from "../streams/component/definition.js";

export const operators: readonly OperatorDefinition[] = [];
