import type { SinkDefinition } from "../streams/component/definition.js";
import { history } from "./history/index.js";
import { influxdb } from "./influxdb/index.js";
import { feedback } from "./feedback/index.js";

export const sinks: readonly SinkDefinition[] = [influxdb, history, feedback];
