import { ADJUSTMENT_LIST, ALERT_LIST, adjustmentsByOutcome, alertsByRule } from "./deeds.js";
import { PRINTERS, printersThatAre, RATE_NOW } from "./farm-now.js";
import { PRINTERS_REPORTING, READINGS_PER_SECOND, ROUGHEST, ROUGHNESS_SPREAD } from "./farm-trends.js";
import { LEVEL_LINES } from "./levels.js";
import { BLUE, GREEN, ORANGE, PURPLE, SKY, STATUS, steps, VERMILION } from "./look.js";
import { page, PRINTER_LINK } from "./page.js";
import { figure, list, trend, type Unplaced } from "./panels.js";
import { THRESHOLD, THRESHOLD_LINE, THRESHOLD_LOOK } from "./threshold.js";

function count(title: string, description: string, query: string, colour: string): Unplaced {
  return figure({
    title,
    description,
    queries: [query],
    width: 4,
    empty: "0",
    decimals: 0,
    steps: steps(SKY, [1, colour]),
  });
}

export const farm = page({
  uid: "layerstream-farm",
  title: "Layerstream: farm",
  description: "All printers: who needs someone, what was adjusted, how much comes in.",
  span: "1h",
  refresh: "30s",
  variables: [THRESHOLD],
  rows: [
    {
      title: "Now",
      panels: [
        count(
          "Reporting",
          "Printers that sent a reading within the last minute.",
          printersThatAre("rough", "odd", "well"),
          SKY,
        ),
        count(
          "Rough",
          "Printers over the roughness threshold and not back below it. They are slowed by feedback; one that stays here for minutes needs a look at its nozzle, belt and bearings.",
          printersThatAre("rough"),
          VERMILION,
        ),
        count(
          "Odd",
          "Printers that print unlike healthy ones, but not rough (yet). Open them and see which of temperature, power or vibration has changed.",
          printersThatAre("odd"),
          ORANGE,
        ),
        count(
          "Silent",
          "Printers that sent readings in the time shown, but none for a minute: switched off, or their network or login failed.",
          printersThatAre("silent"),
          PURPLE,
        ),
        figure({
          title: "Readings",
          description: "Readings stored in a second, mean of the last minute.",
          queries: [RATE_NOW],
          unit: "cps",
          decimals: 1,
          width: 4,
          empty: "0",
        }),
        figure({
          title: "Threshold",
          description: "Roughness above which printers are slowed (ROUGHNESS_THRESHOLD).",
          queries: [THRESHOLD_LINE],
          decimals: 0,
          width: 4,
        }),
      ],
    },
    {
      title: "Who needs someone",
      panels: [
        list({
          title: "Printers",
          description:
            "One row a printer, those in trouble first. Forecast is the roughness that the model expects in 30 seconds; the anomaly score is near 1 where the last 30 seconds were unlike a healthy print. A click on a printer opens it.",
          queries: [PRINTERS],
          width: 24,
          height: 12,
          empty: "no printer has sent anything in this time",
          columns: {
            printer_id: { title: "Printer", link: PRINTER_LINK },
            status: { title: "Status", mappings: [STATUS], coloured: true, width: 100 },
            roughness: { title: "Roughness", decimals: 1 },
            forecast: { title: "Forecast", decimals: 1 },
            anomaly_score: { title: "Anomaly score", decimals: 2 },
            adjustments: { title: "Adjustments", decimals: 0 },
            silence: { title: "Last reading", unit: "s", decimals: 0 },
          },
        }),
        trend({
          title: "Roughness of the farm",
          description:
            "How rough half of the printers are, nine in ten, and the worst one. If the median climbs, look for a common cause: the material, the air of the hall.",
          queries: [ROUGHNESS_SPREAD, THRESHOLD_LINE],
          interval: "30s",
          width: 12,
          min: 0,
          lines: {
            ...LEVEL_LINES,
            threshold: THRESHOLD_LOOK,
          },
          empty: "no roughness was measured in this time",
        }),
        trend({
          title: "The ten roughest printers",
          description: "Those with the highest mean roughness in the time shown. Each name is a printer.",
          queries: [ROUGHEST, THRESHOLD_LINE],
          interval: "30s",
          width: 12,
          min: 0,
          lines: { threshold: THRESHOLD_LOOK },
          empty: "no roughness was measured in this time",
        }),
      ],
    },
    {
      title: "What was done",
      panels: [
        adjustmentsByOutcome(12),
        alertsByRule(12),
        list({ ...ADJUSTMENT_LIST, width: 12 }),
        list({ ...ALERT_LIST, width: 12 }),
      ],
    },
    {
      title: "What comes in",
      panels: [
        trend({
          title: "Readings stored",
          description:
            "Per second, of all printers (those that report a nozzle temperature). It should be as level as the work of the hall.",
          queries: [READINGS_PER_SECOND],
          interval: "30s",
          unit: "cps",
          width: 12,
          height: 7,
          min: 0,
          lines: { readings: { colour: GREEN } },
          empty: "no readings in this time",
        }),
        trend({
          title: "Printers reporting",
          description: "Printers that sent at least one reading in each step of the graph.",
          queries: [PRINTERS_REPORTING],
          width: 12,
          height: 7,
          min: 0,
          interval: "1m",
          lines: { printers: { colour: BLUE } },
          empty: "no readings in this time",
        }),
      ],
    },
  ],
});
