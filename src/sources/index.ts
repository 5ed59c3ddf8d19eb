import type { SourceDefinition } from "../streams/component/definition.js";
import { csv } from "./csv/index.js";
import { journal } from "./journal/index.js";
import { mqtt } from "./mqtt/index.js";
import { synthesizer } from "./synthesizer/index.js";

export const sources: readonly SourceDefinition[] = [mqtt, csv, synthesizer, journal];
