import { setImmediate } from "node:timers/promises";
import { mqttBroker } from "../../connections/mqtt/broker.js";
import type { Context } from "../../streams/component/context.js";
import { defineSource } from "../../streams/component/define.js";
import type { Source } from "../../streams/component/definition.js";
import type { StreamRecord } from "../../streams/record/record.js";
import { reading } from "../../streams/record/record-type.js";
import { Farm, missingPrinters } from "./farm.js";
import { listen } from "./listen.js";
import { Options } from "./options.js";
import { Pace } from "./pace.js";
import type { PrinterReading } from "./reading.js";
import { FIRST_MORNING } from "./simulate.js";

/** Readings in one batch at most. */
const LARGEST_BATCH = 2048;
/** Without a clock, let others have a turn after so many batches, or no signal would ever arrive. */
const BATCHES_A_TURN = 8;

/**
 * A farm of simulated printers: thermal physics, jobs, faults and a surface that answers to speed; docs/synthesizer.md
 * has the model. Live, it obeys control messages and keeps pace with the clock; a reader that cannot follow loses
 * readings, as with real sensors, and never time. Holds about 1 kB a printer and no history.
 */
export const synthesizer = defineSource({
  type: "synthesizer",
  summary: "Simulates printers that heat, print, fail and obey commands.",
  options: Options,
  needs: [mqttBroker],
  examples: [
    {},
    { printers: 100, rate: 1000, seed: 7 },
    {
      printers: 3,
      duration: "5m",
      pace: "none",
      inject: [{ printer: "printer_2", fault: "clog", at: "60s", grow: "30s", last: "3m" }],
    },
  ],
  emits: () => reading,
  finite: ({ duration }) => duration !== undefined,
  advise: (options) => [
    ...missingPrinters(options).map(({ index, message }) => ({
      severity: "error" as const,
      message,
      path: ["inject", index, "printer"],
    })),
    ...(options.rate > 1000 * options.printers
      ? [
          {
            severity: "warning" as const,
            message: "more than 1000 readings a second of one printer share timestamps; raise printers or lower rate",
            path: ["rate"],
          },
        ]
      : []),
  ],
  open: (options, context) => sourceOf(options, context),
});

function sourceOf(options: Options, context: Context): Source<PrinterReading> {
  const farm = new Farm(options);
  const { positions } = context;
  const clocked = context.live && options.pace === "clock";
  const broker = context.live && options.control ? context.resource(mqttBroker) : undefined;

  /** Readings due up to a simulated time, ms. */
  const batchUpTo = (until: number, start: number): StreamRecord<PrinterReading>[] => {
    const batch: StreamRecord<PrinterReading>[] = [];
    for (let due = farm.due; due <= until && due !== Infinity && batch.length < LARGEST_BATCH; due = farm.due) {
      const value = farm.next(start);
      batch.push({ key: value.printer_id, eventTime: start + due, value, position: positions.next(value.printer_id) });
    }
    return batch;
  };

  async function* unclocked(stop: AbortSignal) {
    const start = options.start ?? FIRST_MORNING;
    for (let batches = 1; farm.due !== Infinity && !stop.aborted; batches++) {
      yield batchUpTo(Infinity, start);
      if (batches % BATCHES_A_TURN === 0) await setImmediate();
    }
  }

  async function* byTheClock(stop: AbortSignal) {
    const pace = new Pace(context.clock, options.speedup, options.start);
    while (farm.due !== Infinity && !stop.aborted) {
      const left = pace.catchUp(farm.due, farm.interval);
      if (left > 0) context.log.warn("synthesizer fell behind and left readings out", { seconds: left / 1000 });
      const batch = batchUpTo(pace.now(), pace.start);
      if (batch.length > 0) yield batch;
      await pace.sleepUntil(farm.due, stop);
    }
  }

  return {
    async *read(stop) {
      const ended = new AbortController();
      const over = AbortSignal.any([stop, ended.signal]);
      let refused: unknown;
      const listening =
        broker && options.control
          ? listen(broker, options.control, farm, context, over).catch((cause: unknown) => {
              refused = cause;
              ended.abort();
            })
          : undefined;
      try {
        yield* clocked ? byTheClock(over) : unclocked(over);
      } finally {
        ended.abort();
        await listening;
      }
      if (refused !== undefined) throw refused as Error;
    },
  };
}
