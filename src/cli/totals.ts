import type { Log } from "../streams/component/context.js";
import type { NodeStatus } from "../streams/runtime/metrics.js";

/** What a run came to. @param dead letters */
export function sayTotals(status: readonly NodeStatus[], dead: number, log: Log): void {
  const of = (role: string) => status.filter((node) => node.role === role);
  log.info("ended", {
    read: of("source").reduce((sum, node) => sum + node.in, 0),
    written: of("sink").reduce((sum, node) => sum + node.out, 0),
    unwritten: of("sink").reduce((sum, node) => sum + node.dropped, 0),
    dead,
  });
}
