import type { SinkDefinition } from "../streams/component/definition.js";
import { influxdb } from "./influxdb/index.js";

export const sinks: readonly SinkDefinition[] = [influxdb];
