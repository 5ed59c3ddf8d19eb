import { alertsByRule } from "./deeds.js";
import { levels, LEVEL_LINES } from "./levels.js";
import { BLUE, GREY, ORANGE, SKY, steps, VERMILION } from "./look.js";
import {
  BIAS_OVER_TIME,
  ERROR_BY_PRINTER,
  ERROR_OVER_TIME,
  ERRORS,
  MEAN_ERRORS,
  MODELS,
  SCORES,
  SHARE_ODD,
  VERSIONS,
  WINDOWS_PER_SECOND,
} from "./model-queries.js";
import { ANOMALY_MODEL, ODD_ABOVE, ROUGHNESS_MODEL } from "./names.js";
import { page, PRINTER_LINK } from "./page.js";
import { figure, list, trend } from "./panels.js";

const UNJUDGED = "no model judged anything in this time";
const UNCOMPARED = "needs measured roughness and a forecast of the same printer, at least a minute of both";

export const models = page({
  uid: "layerstream-models",
  title: "Layerstream: model health",
  description:
    "Whether the models can be trusted: what they say, how far off they are, whether their input has moved away.",
  span: "1h",
  refresh: "1m",
  variables: [
    {
      name: "model",
      label: "Model",
      description: "Models that judged something in the time shown.",
      query: MODELS,
      many: true,
    },
  ],
  rows: [
    {
      title: "Forecast of roughness",
      panels: [
        figure({
          title: "Mean error",
          description:
            "How far the forecast was from what was measured 30 seconds later, in units of roughness; and how far off one would have been by saying that roughness stays as it is. The model must be below that.",
          queries: [MEAN_ERRORS],
          width: 8,
          height: 8,
          decimals: 2,
          empty: "nothing to compare",
        }),
        trend({
          title: "Error of the forecast",
          description:
            "Mean distance between forecast and measurement, beside that of the forecast that nothing changes. Where the model is not the lower line for hours it does not know these printers: train it on their recordings.",
          queries: [ERROR_OVER_TIME],
          width: 16,
          min: 0,
          interval: "30s",
          lines: { forecast: { colour: SKY }, unchanged: { colour: GREY, dash: "dash" } },
          empty: UNCOMPARED,
        }),
        trend({
          title: "Bias",
          description:
            "Forecast less measurement. Above 0 for long: printers are slowed for nothing. Below 0: too late.",
          queries: [BIAS_OVER_TIME],
          width: 12,
          interval: "30s",
          levels: steps("transparent", [0, GREY]),
          lines: { bias: { colour: BLUE } },
          empty: UNCOMPARED,
        }),
        list({
          title: "Printers that the model gets wrong",
          description: "The 50 printers with the largest mean error in the time shown.",
          queries: [ERROR_BY_PRINTER],
          width: 12,
          height: 8,
          columns: {
            printer_id: { title: "Printer", link: PRINTER_LINK },
            error: { title: "Mean error", decimals: 2 },
          },
          empty: UNCOMPARED,
        }),
      ],
    },
    {
      title: "Anomaly score",
      panels: [
        trend({
          title: "Scores of the farm",
          description: `The highest score of each printer in each step: the median printer, nine in ten, the worst. An episode begins above ${ODD_ABOVE}.`,
          queries: [levels(SCORES, "max")],
          interval: "30s",
          width: 12,
          min: 0,
          max: 1,
          lines: LEVEL_LINES,
          levels: steps("transparent", [ODD_ABOVE, VERMILION]),
          empty: UNJUDGED,
        }),
        trend({
          title: "Share of odd printers",
          description: `Printers with a score above ${ODD_ABOVE}, of all that were scored. If many are odd at once it is rather the model, a common cause or new firmware than the printers.`,
          queries: [SHARE_ODD],
          interval: "30s",
          unit: "percentunit",
          width: 12,
          min: 0,
          max: 1,
          lines: { odd: { colour: ORANGE } },
          empty: UNJUDGED,
        }),
        trend({
          title: "Drift of the input",
          description:
            "How badly the autoencoder rebuilds what it sees, on a logarithmic scale. If the median climbs over days, the readings have moved away from those that it was trained on: train it anew.",
          queries: [levels(ERRORS, "mean")],
          interval: "30s",
          width: 12,
          log: true,
          lines: LEVEL_LINES,
          empty: `the model ${ANOMALY_MODEL} judged nothing in this time`,
        }),
        alertsByRule(12),
      ],
    },
    {
      title: "Work",
      panels: [
        trend({
          title: "Windows judged",
          description: "Per second, of each model. It should be one a second for each printer that prints.",
          queries: [WINDOWS_PER_SECOND],
          unit: "cps",
          width: 12,
          min: 0,
          lines: { [ANOMALY_MODEL]: { colour: BLUE }, [ROUGHNESS_MODEL]: { colour: ORANGE, dash: "dash" } },
          empty: UNJUDGED,
        }),
        list({
          title: "Versions",
          description:
            "Which version of each model was at work, and when (to the minute). Two that overlap: instances with different models.",
          queries: [VERSIONS],
          width: 12,
          height: 8,
          columns: {
            model: { title: "Model" },
            version: { title: "Version" },
            since: { title: "First", unit: "dateTimeAsIso" },
            until: { title: "Last", unit: "dateTimeAsIso" },
          },
          empty: UNJUDGED,
        }),
      ],
    },
  ],
});
