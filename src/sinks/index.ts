import type { SinkDefinition } from "../streams/component/definition.js";
import { terminal } from "./console/index.js";
import { csv } from "./csv/index.js";
import { feedback } from "./feedback/index.js";
import { history } from "./history/index.js";
import { influxdb } from "./influxdb/index.js";
import { mqtt } from "./mqtt/index.js";

export const sinks: readonly SinkDefinition[] = [influxdb, history, feedback, mqtt, csv, terminal];
