import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Log } from "../../streams/component/context.js";
import type { SinkDefinition } from "../../streams/component/definition.js";
import { streamFolder } from "../../streams/journal/embedded/open.js";
import { Spool, spoolFolder } from "../../streams/runtime/spool/spool.js";
import { systemClock } from "../../streams/time/clock.js";
import type { Topology } from "../../streams/topology/topology.js";
import type { Orders } from "./messages.js";

/** Of one worker; no pipeline has a folder like this. */
const WORKER = /^\.\d+-of-\d+$/;

/** Where the spools of one worker lie below those of a run without. */
export function workerFolder({ index, workers }: Pick<Orders, "index" | "workers">): string {
  return `.${index}-of-${workers}`;
}

/**
 * Puts what runs with another number of workers left on their spools where it is written now: with the first worker, or with a
 * run without. To be called before anyone has them open.
 *
 * @param folder that of all spools
 */
export async function gatherSpools(
  folder: string,
  topologies: readonly Topology[],
  workers: number,
  log: Log,
): Promise<void> {
  if (!existsSync(folder)) return;
  const own = Array.from({ length: workers }, (_, index) => (workers > 1 ? workerFolder({ index, workers }) : ""));
  const all = ["", ...readdirSync(folder).filter((name) => WORKER.test(name))];
  for (const { name: pipeline, nodes } of topologies)
    for (const { name: node, definition, options } of nodes) {
      if (definition.role !== "sink") continue;
      const { spool: bytes = 0, overflow } = (definition as SinkDefinition).buffer(options);
      const spoolIn = (layout: string) => ({ folder: join(folder, layout), pipeline, node });
      const left = all.filter(
        (layout) => !own.includes(layout) && existsSync(streamFolder(spoolFolder(spoolIn(layout)), node)),
      );
      if (left.length === 0 || bytes === 0) continue;
      const common = { bytes, overflow, log, clock: systemClock };
      const into = await Spool.open({ ...spoolIn(own[0]!), ...common });
      try {
        for (const layout of left) {
          const from = await Spool.open({ ...spoolIn(layout), ...common });
          try {
            const records = await from.moveTo(into);
            if (records > 0)
              log.info("records of a run with other workers were taken over", { pipeline, node, records });
          } finally {
            await from.close();
          }
        }
      } finally {
        await into.close();
      }
    }
}
