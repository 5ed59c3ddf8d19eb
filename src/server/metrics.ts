import { collectDefaultMetrics, Counter, Gauge, Registry } from "prom-client";
import type { NodeStatus } from "../streams/runtime/metrics.js";

type Pick = (node: NodeStatus) => number | undefined;

const COUNTERS: readonly (readonly [name: string, help: string, pick: Pick])[] = [
  ["records_in", "Records that came into a node.", (node) => node.in],
  ["records_out", "Records that a node gave out or wrote.", (node) => node.out],
  ["dead_letters", "Records that a node could not work on.", (node) => node.dead],
  ["records_dropped", "Records let go by a stated policy.", (node) => node.dropped],
  ["retries", "Writes that failed and were made again.", (node) => node.retries],
  ["busy_seconds", "Time spent in a node.", (node) => node.busySeconds],
];

const GAUGES: readonly (readonly [name: string, help: string, pick: Pick])[] = [
  ["records_in_flight", "Records that wait in the memory of a node or are being worked on.", (node) => node.inFlight],
  ["records_on_disk", "Records that wait on disk for the other side of a sink.", ofSink((node) => node.onDisk)],
  [
    "disk_bytes",
    "What waits on disk for the other side of a sink, with what was written a short while ago.",
    ofSink((node) => node.diskBytes),
  ],
  ["connected", "0 while the other side of a sink is away.", ofSink((node) => Number(node.connected))],
  ["keys", "Keys that a node keeps state for.", (node) => node.keys],
  [
    "watermark_seconds",
    "Event time of the key that has come least far, seconds since the epoch.",
    (node) => (node.watermark ? node.watermark.time / 1000 : undefined),
  ],
];

function ofSink(pick: Pick): Pick {
  return (node) => (node.role === "sink" ? pick(node) : undefined);
}

/** Prometheus text of all nodes and of the process. Read from the run at each scrape; nothing is counted twice. */
export class Metrics {
  readonly #registry = new Registry();
  readonly contentType = this.#registry.contentType;

  constructor(status: () => readonly NodeStatus[]) {
    const shared = { labelNames: ["pipeline", "node", "role"], registers: [this.#registry] };
    for (const [name, help, pick] of COUNTERS) {
      new Counter({
        ...shared,
        name: `layerstream_${name}_total`,
        help,
        collect() {
          this.reset();
          for (const node of status()) this.inc(labels(node), pick(node));
        },
      });
    }
    for (const [name, help, pick] of GAUGES) {
      new Gauge({
        ...shared,
        name: `layerstream_${name}`,
        help,
        collect() {
          this.reset();
          for (const node of status()) {
            const value = pick(node);
            if (value !== undefined) this.set(labels(node), value);
          }
        },
      });
    }
    new Counter({
      name: "layerstream_side_records_total",
      help: "Records given to a side stream: late ones, limited ones.",
      labelNames: ["pipeline", "node", "side"],
      registers: [this.#registry],
      collect() {
        this.reset();
        for (const { pipeline, node, sides } of status())
          for (const [side, count] of Object.entries(sides)) this.inc({ pipeline, node, side }, count);
      },
    });
    collectDefaultMetrics({ register: this.#registry });
  }

  text(): Promise<string> {
    return this.#registry.metrics();
  }
}

function labels({ pipeline, node, role }: NodeStatus): Record<string, string> {
  return { pipeline, node, role };
}
