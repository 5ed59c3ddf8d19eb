import { ago, groupBy, newestBy, perStep, piped, rows, script, spread } from "./flux.js";
import { BROKER, CPU, DISK, MEMORY, PROCESSOR } from "./names.js";

/** The pipelines that are chosen. */
const CHOSEN = "r.pipeline =~ /^${pipeline:regex}$/";

export const PIPELINES = script(
  `schema.tagValues(bucket: v.defaultBucket, tag: "pipeline", predicate: (r) => r._measurement == "${PROCESSOR}", start: v.timeRangeStart, stop: v.timeRangeStop)`,
);

function ofNodes(metric: string, where: readonly string[] = []): string {
  return rows({ measurement: PROCESSOR, field: `layerstream_${metric}`, where: [CHOSEN, ...where] });
}

/* A counter begins at 0 when its process starts, and each address has counters of its own: first its growth, then the sum. */
const PER_SECOND = "derivative(unit: 1s, nonNegative: true)";

/** Sums over instances and pipelines, by node (or another tag). */
function summed(tag: string): string[] {
  return [perStep("mean"), groupBy(tag, "_time"), "sum()", ...spread(tag)];
}

/** Growth of a counter in a second, by node. */
export function rateByNode(counter: string, where: readonly string[] = []): string {
  return script(piped(ofNodes(`${counter}_total`, where), PER_SECOND, ...summed("node")));
}

/** How much a counter grew in each step, by node (or another tag); nodes at which nothing happened are left out. */
export function growthBy(tag: string, counter: string): string {
  return script(
    piped(
      ofNodes(`${counter}_total`),
      "difference(nonNegative: true)",
      perStep("sum"),
      groupBy(tag, "_time"),
      "sum()",
      "filter(fn: (r) => r._value > 0.0)",
      ...spread(tag),
    ),
  );
}

/** How much a counter grew in all the time shown. */
export function growth(counter: string): string {
  return script(piped(ofNodes(`${counter}_total`), "difference(nonNegative: true)", "sum()", groupBy(), "sum()"));
}

export function gaugeByNode(gauge: string): string {
  return script(piped(ofNodes(gauge), ...summed("node")));
}

/** Share of the time that a node was at work; above 1 where it has more than one process. */
export const BUSY = rateByNode("busy_seconds");

/** How far the event time that is done with lies behind the clock. */
export const DELAY = script(
  piped(
    ofNodes("watermark_seconds"),
    "map(fn: (r) => ({r with _value: float(v: int(v: r._time)) / 1000000000.0 - r._value}))",
    perStep("max"),
    groupBy("node", "_time"),
    "max()",
    ...spread("node"),
  ),
);

export const AWAY = script(
  piped(
    ofNodes("connected"),
    "last()",
    "filter(fn: (r) => r._value == 0.0)",
    groupBy(),
    'distinct(column: "node")',
    "count()",
  ),
);

/** Metrics of the process itself, by address where there are several. */
function ofProcess(metric: string, ...steps: readonly string[]): string {
  return script(
    piped(
      rows({ measurement: PROCESSOR, field: metric }),
      ...steps,
      groupBy("address"),
      perStep("mean"),
      ...spread("address"),
    ),
  );
}

export const PROCESS_CPU = ofProcess("process_cpu_seconds_total", PER_SECOND);
export const PROCESS_MEMORY = ofProcess("process_resident_memory_bytes");
export const LOOP_LAG = ofProcess("nodejs_eventloop_lag_p99_seconds");

export const PROCESSES = script(
  piped(
    rows({ measurement: PROCESSOR, field: "process_start_time_seconds", since: ago("1m") }),
    "last()",
    groupBy(),
    'distinct(column: "address")',
    "count()",
  ),
);

export const UP_FOR = script(
  piped(
    rows({ measurement: PROCESSOR, field: "process_start_time_seconds", since: ago("1m") }),
    ...newestBy(),
    "map(fn: (r) => ({_value: float(v: int(v: v.timeRangeStop)) / 1000000000.0 - r._value}))",
  ),
);

/* The broker says a number when it has changed, so what it said before the time shown still holds at its beginning. */
const BEFORE = "date.sub(d: 1d, from: v.timeRangeStart)";
const SHOWN = "filter(fn: (r) => r._time >= v.timeRangeStart)";

function ofBroker(fields: readonly string[], ...steps: readonly string[]): string {
  return script(piped(rows({ measurement: BROKER, field: fields, since: BEFORE }), ...steps, ...spread("_field")));
}

/** What it last said, in each step. */
const HELD = [
  "aggregateWindow(every: v.windowPeriod, fn: last)",
  "fill(usePrevious: true)",
  SHOWN,
  "filter(fn: (r) => exists r._value)",
];

export const BROKER_CLIENTS = ofBroker(["clients_connected", "clients_disconnected"], ...HELD);
export const BROKER_STORED = ofBroker(["store_messages_bytes"], ...HELD);
export const BROKER_MESSAGES = ofBroker(
  ["publish_messages_received", "publish_messages_sent"],
  PER_SECOND,
  SHOWN,
  perStep("mean"),
);
export const BROKER_DROPPED = ofBroker(
  ["publish_messages_dropped"],
  "difference(nonNegative: true)",
  SHOWN,
  perStep("sum"),
);

export const HOST_LOAD = script(
  `busy = ${piped(
    rows({ measurement: CPU, field: "usage_idle" }),
    'map(fn: (r) => ({_time: r._time, name: "processor", _value: 100.0 - r._value}))',
  )}`,
  `memory = ${piped(
    rows({ measurement: MEMORY, field: "used_percent" }),
    'map(fn: (r) => ({_time: r._time, name: "memory", _value: r._value}))',
  )}`,
  piped(
    "union(tables: [busy, memory])",
    groupBy("name"),
    'sort(columns: ["_time"])',
    perStep("mean"),
    ...spread("name"),
  ),
);

export const DISK_USED = script(
  piped(rows({ measurement: DISK, field: "used_percent" }), groupBy("device"), perStep("max"), ...spread("device")),
);
