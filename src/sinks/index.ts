import type { SinkDefinition } from "../streams/component/definition.js";
import { influxdb } from "./influxdb/index.js";
import { feedback } from "./feedback/index.js";

export const sinks: readonly SinkDefinition[] = [influxdb, feedback];
