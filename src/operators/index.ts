import type { OperatorDefinition } from "../streams/component/definition.js";
import { filter } from "./filter/index.js";
import { select } from "./select/index.js";
import { compute } from "./compute/index.js";
import { threshold } from "./threshold/index.js";
import { dedupe } from "./dedupe/index.js";
import { infer } from "./infer/index.js";
import { rateLimit } from "./rate-limit/index.js";

export const operators: readonly OperatorDefinition[] = [filter, select, compute, threshold, dedupe, infer, rateLimit];
