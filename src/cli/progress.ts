import { SingleBar } from "cli-progress";
import type { Run } from "../streams/runtime/run.js";
import { systemClock } from "../streams/time/clock.js";

const REDRAW = 200;

/** Shows on a terminal's stderr how many records have been read. Elsewhere it says nothing. */
export function showProgress(run: Run, stop: AbortSignal): { end(): void } {
  if (!process.stderr.isTTY) return { end() {} };
  const bar = new SingleBar({
    format: "{value} records · {late} late · {dead} dead · {duration} s",
    stream: process.stderr,
  });
  const read = (): void => {
    const status = run.status();
    const sum = (pick: (node: (typeof status)[number]) => number) =>
      status.reduce((total, node) => total + pick(node), 0);
    bar.update(
      sum((node) => (node.role === "source" ? node.in : 0)),
      {
        late: sum((node) => node.sides.late ?? 0),
        dead: run.deadLetters.total,
      },
    );
  };
  bar.start(0, 0, { late: 0, dead: 0 });
  const cancel = systemClock.every(REDRAW, read);
  const end = (): void => {
    cancel();
    read();
    bar.stop();
  };
  stop.addEventListener("abort", cancel, { once: true });
  return { end };
}
