/** Rows are kept of these; those of readings hold no text that matters and are many. */
const KEPT = /^printer_(?:prediction|feedback|alert),/;
/** Of the sending itself, which happens at another time in each run. */
const OF_SENDING = /,(?:issued_at|expires_at)="[^"]*"/g;
/** What was done about a verdict is no part of which verdict it was. */
const OUTCOME = /,outcome=(\w+)/;

const PRINTER = /,printer_id=(\w+)/;

/** A row of line protocol, taken apart. */
export interface Written {
  /** printer_prediction, … */
  readonly measurement: string;
  /** What a feedback row says became of it; empty for others. */
  readonly outcome: string;
  /** Its fields but for those of the sending. */
  readonly fields: string;
}

/** Rows as they were written, all texts included, which VictoriaMetrics does not keep. */
export interface Lines {
  /** Every different thing that was written about one point: measurement, tags and time. */
  readonly points: ReadonlyMap<string, readonly Written[]>;
  /** The newest time of any row of the printer that is furthest behind, ms since the epoch; 0 where there is none. */
  readonly reached: number;
  /** Takes what a request wrote. */
  keep(text: string): void;
}

export function linesKept(): Lines {
  const points = new Map<string, Written[]>();
  const reached = new Map<string, number>();
  return {
    points,
    get reached() {
      return reached.size === 0 ? 0 : Math.min(...reached.values());
    },
    keep(text) {
      for (const line of text.split("\n")) {
        if (!KEPT.test(line)) continue;
        const { point, written } = takeApart(line);
        const printer = PRINTER.exec(point)?.[1] ?? "";
        const time = Number(point.slice(point.lastIndexOf(" "))) / 1e6;
        reached.set(printer, Math.max(time, reached.get(printer) ?? 0));
        const known = points.get(point);
        if (known === undefined) points.set(point, [written]);
        else if (!known.some((before) => before.fields === written.fields && before.outcome === written.outcome))
          known.push(written);
      }
    },
  };
}

function takeApart(line: string): { readonly point: string; readonly written: Written } {
  // No tag of a farm holds a space.
  const space = line.indexOf(" ");
  const time = line.slice(line.lastIndexOf(" "));
  const series = line.slice(0, space);
  const written: Written = {
    measurement: series.slice(0, series.indexOf(",")),
    outcome: OUTCOME.exec(series)?.[1] ?? "",
    fields: line.slice(space + 1, -time.length).replace(OF_SENDING, ""),
  };
  return { point: series.replace(OUTCOME, "") + time, written };
}
