import { groupBy, keep, perStep, piped, rows, script, spread } from "./flux.js";
import { ALERT, FEEDBACK, ODD, ROUGH } from "./names.js";
import { GREY, ORANGE, PURPLE, SKY, VERMILION } from "./look.js";
import { PRINTER_LINK, type Marks } from "./page.js";
import { happenings, type List, type Unplaced } from "./panels.js";

/* What was done and said: adjustments and alerts, of the farm or of one printer. */

/** As many rows as someone reads. */
const LATEST = 200;

const TIME = { title: "Time", unit: "dateTimeAsIso", width: 175 };
const PRINTER = { title: "Printer", link: PRINTER_LINK, width: 140 };

type Plan = Omit<List, "width">;

function ofPrinter(printer: string | undefined): string[] {
  return printer === undefined ? [] : [`r.printer_id == ${printer}`];
}

function adjustments(printer?: string): string {
  return script(
    piped(
      rows({ measurement: FEEDBACK, field: ["speed", "reason"], where: ofPrinter(printer) }),
      'pivot(rowKey: ["_time"], columnKey: ["_field"], valueColumn: "_value")',
      groupBy(),
      'sort(columns: ["_time"], desc: true)',
      `limit(n: ${LATEST})`,
      keep("_time", ...(printer === undefined ? ["printer_id"] : []), "command", "speed", "outcome", "reason"),
    ),
  );
}

/** A rule says again and again that an episode goes on: of these words, only the first of each state. */
const FIRST = [groupBy("episode", "state"), 'sort(columns: ["_time"])', "limit(n: 1)", groupBy()];

function alerts(printer?: string): string {
  return script(
    piped(
      rows({ measurement: ALERT, field: ["observed", "limit", "estimated", "episode"], where: ofPrinter(printer) }),
      'pivot(rowKey: ["_time"], columnKey: ["_field"], valueColumn: "_value")',
      ...FIRST,
      'sort(columns: ["_time"], desc: true)',
      `limit(n: ${LATEST})`,
      keep(
        "_time",
        ...(printer === undefined ? ["printer_id"] : []),
        "rule",
        "state",
        "observed",
        "limit",
        "estimated",
      ),
    ),
  );
}

const ADJUSTMENTS = {
  title: "Adjustments",
  description:
    "The newest first. sent: the broker has it; withheld: a brake held it back, as the reason says; advised: recorded only (CONTROL_MODE=advise).",
  empty: "nothing was adjusted in this time",
} as const;

const ALERTS = {
  title: "Alerts",
  description:
    "When a rule of the pipeline began (raised) and ended (cleared) an episode. Estimated: a model said so, as with the forecast that stands in for a roughness that is not measured.",
  empty: "no rule has spoken in this time",
} as const;

const ADJUSTMENT_COLUMNS = {
  _time: TIME,
  command: { title: "Sets", width: 110 },
  speed: { title: "Speed", unit: "percent", decimals: 0, width: 80 },
  outcome: { title: "Outcome", width: 100 },
  reason: { title: "Reason" },
};

const ALERT_COLUMNS = {
  _time: TIME,
  rule: { title: "Rule", width: 90 },
  state: { title: "State", width: 90 },
  observed: { title: "Observed", decimals: 2 },
  limit: { title: "Limit", decimals: 2 },
  estimated: { title: "Estimated", width: 90 },
};

export const ADJUSTMENT_LIST: Plan = {
  ...ADJUSTMENTS,
  queries: [adjustments()],
  columns: { printer_id: PRINTER, ...ADJUSTMENT_COLUMNS },
};

export const ALERT_LIST: Plan = {
  ...ALERTS,
  queries: [alerts()],
  columns: { printer_id: PRINTER, ...ALERT_COLUMNS },
};

export function adjustmentsOf(printer: string): Plan {
  return { ...ADJUSTMENTS, queries: [adjustments(printer)], columns: ADJUSTMENT_COLUMNS };
}

export function alertsOf(printer: string): Plan {
  return { ...ALERTS, queries: [alerts(printer)], columns: ALERT_COLUMNS };
}

const OUTCOMES = script(
  piped(
    rows({ measurement: FEEDBACK, field: "command_id" }),
    groupBy("outcome"),
    perStep("count"),
    ...spread("outcome"),
  ),
);

const EPISODES = script(
  piped(
    rows({ measurement: ALERT, field: "episode", where: ['r.state == "raised"'] }),
    groupBy("rule", "_value"),
    'sort(columns: ["_time"])',
    "first()",
    groupBy("rule"),
    'sort(columns: ["_time"])',
    perStep("count"),
    ...spread("rule"),
  ),
);

export function adjustmentsByOutcome(width: number): Unplaced {
  return happenings({
    title: "Adjustments by outcome",
    description:
      "How often feedback acted. Many withheld ones: printers swing about the threshold, or a brake (cooldown, stale data, CONTROL_MODE) is too tight.",
    queries: [OUTCOMES],
    width,
    interval: "1m",
    lines: {
      sent: { colour: SKY },
      withheld: { colour: ORANGE },
      advised: { colour: PURPLE },
      rehearsed: { colour: GREY },
    },
    empty: "nothing was adjusted in this time",
  });
}

export function alertsByRule(width: number): Unplaced {
  return happenings({
    title: "Episodes by rule",
    description: "Episodes that began, of each rule of the pipeline.",
    queries: [EPISODES],
    width,
    interval: "1m",
    lines: { [ROUGH]: { colour: VERMILION }, [ODD]: { colour: ORANGE } },
    empty: "no episode began in this time",
  });
}

/** Marks in the graphs of one printer. */
export function marksOf(printer: string): Marks[] {
  return [
    {
      name: "Adjustments",
      colour: SKY,
      query: script(
        piped(
          rows({ measurement: FEEDBACK, field: "reason", where: ['r.outcome == "sent"', ...ofPrinter(printer)] }),
          groupBy(),
          'sort(columns: ["_time"])',
          'map(fn: (r) => ({_time: r._time, title: "adjusted " + r.command, text: r._value, tags: r.outcome}))',
        ),
      ),
    },
    {
      name: "Alerts",
      colour: VERMILION,
      query: script(
        piped(
          rows({ measurement: ALERT, field: ["observed", "episode"], where: ofPrinter(printer) }),
          'pivot(rowKey: ["_time"], columnKey: ["_field"], valueColumn: "_value")',
          ...FIRST,
          'sort(columns: ["_time"])',
          'map(fn: (r) => ({_time: r._time, title: r.rule + " " + r.state, text: "observed " + string(v: r.observed), tags: r.rule}))',
        ),
      ),
    },
  ];
}
