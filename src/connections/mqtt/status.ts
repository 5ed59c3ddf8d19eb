import type { Outgoing } from "./broker.js";

/** Where the broker keeps whether this program runs. */
export const STATUS_TOPIC = "layerstream/status";

/** Retained, so that whoever comes later knows too. `offline` is also our last will. */
export function statusMessage(status: "online" | "offline", topic = STATUS_TOPIC): Outgoing {
  return { topic, payload: status, qos: 1, retain: true };
}
