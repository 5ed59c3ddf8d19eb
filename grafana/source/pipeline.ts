import { BLUE, GREEN, GREY, linesFor, ORANGE, PURPLE, SKY, steps, VERMILION } from "./look.js";
import { COLLECTED_EVERY, NODES } from "./names.js";
import { page } from "./page.js";
import { type Figure, figure, happenings, trend, type Trend, type Unplaced } from "./panels.js";
import {
  AWAY,
  BROKER_CLIENTS,
  BROKER_DROPPED,
  BROKER_MESSAGES,
  BROKER_STORED,
  BUSY,
  DELAY,
  DISK_USED,
  gaugeByNode,
  growth,
  growthBy,
  HOST_LOAD,
  LOOP_LAG,
  PIPELINES,
  PROCESS_CPU,
  PROCESS_MEMORY,
  PROCESSES,
  rateByNode,
  UP_FOR,
} from "./pipeline-queries.js";

const UNCOLLECTED = "Telegraf has collected none of it in this time";

/** One of six in a row. */
function now(plan: Omit<Figure, "width" | "decimals">): Unplaced {
  return figure({ ...plan, width: 4, decimals: 0 });
}

/** A number that should be 0. */
function trouble({
  colour = VERMILION,
  ...plan
}: Pick<Figure, "title" | "description" | "queries"> & { readonly colour?: string }): Unplaced {
  return now({ ...plan, steps: steps(SKY, [1, colour]), empty: "0" });
}

/** Lines by node. */
function nodes(plan: Omit<Trend, "lines" | "interval" | "empty">): Unplaced {
  return trend({ min: 0, ...plan, interval: COLLECTED_EVERY, lines: linesFor(NODES), empty: UNCOLLECTED });
}

function machine(plan: Omit<Trend, "interval" | "empty">): Unplaced {
  return trend({ min: 0, height: 7, ...plan, interval: COLLECTED_EVERY, empty: UNCOLLECTED });
}

export const pipeline = page({
  uid: "layerstream-pipeline",
  title: "Layerstream: pipeline health",
  description:
    "Whether the program keeps up: records, lag, dead letters, what waits for the database, the broker, the machine.",
  span: "1h",
  refresh: "30s",
  variables: [
    {
      name: "pipeline",
      label: "Pipeline",
      description: "Pipelines that the processor runs.",
      query: PIPELINES,
      many: true,
    },
  ],
  rows: [
    {
      title: "Now",
      panels: [
        now({
          title: "Instances",
          description: "Processors whose metrics Telegraf has read within the last minute.",
          queries: [PROCESSES],
          empty: "none",
        }),
        now({
          title: "Up for",
          description: "Since the newest start of a processor. Short and short again: it crashes, its log says why.",
          queries: [UP_FOR],
          unit: "dtdurations",
          empty: "down",
        }),
        trouble({
          title: "Dead letters",
          description:
            "Records that no node could work on, in the time shown. `npm start -- deadletters list` tells them with their causes.",
          queries: [growth("dead_letters")],
        }),
        trouble({
          title: "Dropped",
          description:
            "Records let go by a stated policy in the time shown: a buffer was full, or a run ended while the other side was away.",
          queries: [growth("records_dropped")],
        }),
        trouble({
          title: "Sinks cut off",
          description: "Sinks whose other side, database or broker, is away. Rows wait on disk meanwhile.",
          queries: [AWAY],
        }),
        trouble({
          title: "Retries",
          description: "Writes that failed and were made again, in the time shown.",
          queries: [growth("retries")],
          colour: ORANGE,
        }),
      ],
    },
    {
      title: "Records",
      panels: [
        nodes({
          title: "Records in",
          description: "Per second, by node. Nodes behind the windows have fewer: one a second for each printer.",
          queries: [rateByNode("records_in")],
          unit: "cps",
          width: 12,
        }),
        nodes({
          title: "Records out",
          description: "Per second, by node; of a sink what it has written.",
          queries: [rateByNode("records_out")],
          unit: "cps",
          width: 12,
        }),
        happenings({
          title: "Dead letters",
          description: "By node. At sensors: messages that make no sense. Elsewhere: records that the node failed on.",
          queries: [growthBy("node", "dead_letters")],
          width: 12,
          interval: COLLECTED_EVERY,
          lines: linesFor(NODES),
          empty: "no dead letter in this time",
        }),
        happenings({
          title: "Set aside",
          description: "Records that came too late for their window, or over a limit, by the name of the side stream.",
          queries: [growthBy("side", "side_records")],
          width: 12,
          interval: COLLECTED_EVERY,
          lines: { late: { colour: ORANGE }, limited: { colour: PURPLE } },
          empty: "nothing was set aside in this time",
        }),
      ],
    },
    {
      title: "Lag",
      panels: [
        nodes({
          title: "Behind the clock",
          description:
            "How far the event time of the printer that has come least far lies behind. 6 s is as it should be (windows wait for late readings), 16 s while a printer falls silent; a climb is a processor that does not keep up, or printers with wrong clocks.",
          queries: [DELAY],
          unit: "s",
          width: 12,
        }),
        nodes({
          title: "In memory",
          description:
            "Records that wait in the memory of a node or are being worked on. Bounded; what climbs is the narrow place.",
          queries: [gaugeByNode("records_in_flight")],
          unit: "short",
          width: 12,
        }),
        nodes({
          title: "Waiting on disk",
          description:
            "Records in the spool of a sink: its other side is away or slow. They are written in order when it is back.",
          queries: [gaugeByNode("records_on_disk")],
          unit: "short",
          width: 8,
        }),
        nodes({
          title: "Spool",
          description:
            "Bytes on disk for the other side of a sink. At the limit of its spool (4 GiB) the oldest are let go.",
          queries: [gaugeByNode("disk_bytes")],
          unit: "bytes",
          width: 8,
        }),
        nodes({
          title: "Busy",
          description:
            "Share of the time that each node works or waits for its write. A node near 100 % is the narrow place; see WORKERS.",
          queries: [BUSY],
          unit: "percentunit",
          width: 8,
        }),
      ],
    },
    {
      title: "Processor",
      panels: [
        machine({
          title: "Processor time",
          description:
            "Cores in use, by address of the instance. Near 1 without workers: the program has no more to give.",
          queries: [PROCESS_CPU],
          unit: "short",
          width: 8,
        }),
        machine({
          title: "Memory",
          description: "Resident memory, by address of the instance. Level after an hour of work.",
          queries: [PROCESS_MEMORY],
          unit: "bytes",
          width: 8,
        }),
        machine({
          title: "Event loop",
          description: "99 of 100 turns of the event loop were late by less. Feedback is as quick as this.",
          queries: [LOOP_LAG],
          unit: "s",
          width: 8,
        }),
      ],
    },
    {
      title: "Broker",
      panels: [
        machine({
          title: "Clients",
          description: "Connected now, and known but away (sessions that the broker keeps).",
          queries: [BROKER_CLIENTS],
          width: 6,
          lines: { clients_connected: { colour: BLUE }, clients_disconnected: { colour: GREY, dash: "dash" } },
        }),
        machine({
          title: "Messages",
          description: "Publications per second, as the broker counts them.",
          queries: [BROKER_MESSAGES],
          unit: "cps",
          width: 6,
          lines: { publish_messages_received: { colour: GREEN }, publish_messages_sent: { colour: ORANGE } },
        }),
        machine({
          title: "Dropped by the broker",
          description:
            "Messages that went beyond a queue of the broker: a client that does not keep up loses readings.",
          queries: [BROKER_DROPPED],
          width: 6,
          lines: { publish_messages_dropped: { colour: VERMILION } },
        }),
        machine({
          title: "Waiting in the broker",
          description: "Bytes of messages that the broker keeps for clients.",
          queries: [BROKER_STORED],
          unit: "bytes",
          width: 6,
          lines: { store_messages_bytes: { colour: PURPLE } },
        }),
      ],
    },
    {
      title: "Machine",
      panels: [
        machine({
          title: "Load",
          description: "Processor and memory of the machine on which Telegraf runs.",
          queries: [HOST_LOAD],
          unit: "percent",
          width: 12,
          max: 100,
          lines: { processor: { colour: BLUE }, memory: { colour: ORANGE, dash: "dash" } },
        }),
        machine({
          title: "Disk",
          description: "Space in use, by device. Journal, spool and database need room: see the alert on disks.",
          queries: [DISK_USED],
          unit: "percent",
          width: 12,
          max: 100,
          levels: steps("transparent", [85, ORANGE], [95, VERMILION]),
        }),
      ],
    },
  ],
});
