import type { SinkDefinition } from "../streams/component/definition.js";

export const sinks: readonly SinkDefinition[] = [];
