import type { OperatorDefinition } from "../streams/component/definition.js";
import { filter } from "./filter/index.js";
import { select } from "./select/index.js";
import { compute } from "./compute/index.js";
import { threshold } from "./threshold/index.js";

export const operators: readonly OperatorDefinition[] = [filter, select, compute, threshold];
