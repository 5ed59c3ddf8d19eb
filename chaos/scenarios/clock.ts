import { QUIET } from "../farm.js";
import type { Lines } from "../lines.js";
import { cannotOpen } from "../place.js";
import { allAnswered, answersText } from "../promptness.js";
import { exactly, type Options, type Scenario, told } from "../scenario.js";
import { onStage } from "../stage.js";

/** After the start some clocks are set. s */
const SET = 15;
/** So long nothing is judged of printers whose clock was set back by ten seconds: twice as long. s */
const PAST = 20;
/** Besides it, so that no two readings have the same time: no multiple of the time between two. ms */
const ODD = 50;
const [MINUTE, HOUR] = [60_000, 3_600_000];

/** What the clocks of every tenth printer are like; the others go right. ms ahead, before and after they are set. */
const CLOCKS: Readonly<Record<number, { readonly what: string; readonly before: number; readonly after: number }>> = {
  0: { what: "an hour ahead", before: HOUR, after: HOUR },
  1: { what: "an hour behind", before: -HOUR, after: -HOUR },
  2: { what: "two hours ahead, then set right", before: 2 * HOUR, after: ODD },
  5: { what: "set back by ten seconds", before: 0, after: -10_000 - ODD },
  7: { what: "ten minutes ahead, then set right", before: 10 * MINUTE, after: ODD },
};

/** Some printers' clocks are wrong, and some are set while they print. */
export const clock: Scenario = {
  name: "clock",
  injects: () => "clocks of printers wrong, and set",
  cannot: cannotOpen,
  run(options, say) {
    const length = options.seconds ?? (options.small ? 15 : 60);
    const wrong = (printer: number, second: number): number => {
      const given = CLOCKS[printer % 10];
      return given === undefined ? 0 : second < QUIET + SET ? given.before : given.after;
    };
    return onStage(
      rateOf(options),
      options,
      async (stage) => {
        const { place, farm, promptness } = stage;
        const began = performance.now();
        await stage.span((SET + PAST) * 1000);
        const from = performance.now();
        await stage.span(length * 1000);
        const to = performance.now() - 1_000;
        say("waiting until all is written");
        const count = await stage.finish();
        const like = (kind: number) => (printer: number) => printer % 10 === kind;
        const right = (printer: number) => CLOCKS[printer % 10] === undefined;
        const after = (kind: number) => promptness.between(from, to, like(kind));
        const since = Date.now() - (performance.now() - from);
        const predicted = (kind: number) => predictions(place.gate.lines, farm.printers, kind, since);
        return [
          allAnswered("clock right", promptness.between(began, to, right)),
          allAnswered("an hour ahead", after(0)),
          exactly("an hour behind: printers told to slow down", 0, after(1).episodes - after(1).unanswered),
          allAnswered("two hours ahead, then set right", after(2)),
          allAnswered("set back by ten seconds", after(5)),
          told("ten minutes ahead, then set right: answers", answersText(after(7))),
          ...[2, 5, 7].map((kind) => told(`${CLOCKS[kind]!.what}: predictions after that`, predicted(kind))),
          ...(await stage.judge(count, { predictions: right })),
        ];
      },
      { wrong },
    );
  },
};

function rateOf({ rate, small }: Options): number {
  return rate ?? (small ? 500 : 5_000);
}

/** Predictions of printers of this kind whose time is in the last minutes and no time to come. */
function predictions({ points }: Lines, printers: number, kind: number, since: number): number {
  const names = new Set(
    Array.from({ length: printers }, (_, printer) => printer)
      .filter((printer) => printer % 10 === kind)
      .map((printer) => `printer_${printer + 1}`),
  );
  let found = 0;
  for (const point of points.keys()) {
    const [, name, time] = /^printer_prediction,printer_id=([^,]+),.* (\d+)$/.exec(point) ?? [];
    const at = Number(time) / 1e6;
    if (name !== undefined && names.has(name) && at >= since && at < Date.now()) found++;
  }
  return found;
}
