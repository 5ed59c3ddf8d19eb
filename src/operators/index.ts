import type { OperatorDefinition } from "../streams/component/definition.js";
import { aggregate } from "./aggregate/index.js";
import { compute } from "./compute/index.js";
import { countWindow } from "./count-window/index.js";
import { dedupe } from "./dedupe/index.js";
import { drift } from "./drift/index.js";
import { extractFeatures } from "./extract-features/index.js";
import { filter } from "./filter/index.js";
import { infer } from "./infer/index.js";
import { join } from "./join/index.js";
import { rateLimit } from "./rate-limit/index.js";
import { scoreAnomalies } from "./score-anomalies/index.js";
import { select } from "./select/index.js";
import { sessionWindow } from "./session-window/index.js";
import { slidingWindow } from "./sliding-window/index.js";
import { threshold } from "./threshold/index.js";
import { tumblingWindow } from "./tumbling-window/index.js";

export const operators: readonly OperatorDefinition[] = [
  filter,
  select,
  compute,
  dedupe,
  tumblingWindow,
  slidingWindow,
  sessionWindow,
  countWindow,
  join,
  aggregate,
  extractFeatures,
  threshold,
  drift,
  rateLimit,
  infer,
  scoreAnomalies,
];
