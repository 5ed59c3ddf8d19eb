import { adjustmentsOf, alertsOf, marksOf } from "./deeds.js";
import { BLUE, GREEN, ORANGE, PURPLE, SKY, steps, VERMILION } from "./look.js";
import { ANOMALY_MODEL, FEEDBACK, ODD_ABOVE, ODD_CLEAR, PREDICTION, ROUGHNESS_MODEL, SENSOR } from "./names.js";
import { page } from "./page.js";
import { figure, list, trend } from "./panels.js";
import {
  ANOMALY_SCORE,
  CHOSEN,
  fields,
  newest,
  newestTag,
  PRINTER_IDS,
  READING_RATE,
  ROUGHNESS_FORECAST,
  ROUGHNESS_MEASURED,
  SILENCE,
  SPEED_TOLD,
} from "./printer-queries.js";
import { THRESHOLD, THRESHOLD_LINE, THRESHOLD_LOOK } from "./threshold.js";

const UNSENT = "not sent by this printer";
const NOTHING = "this printer sent none of it in this time";

export const printer = page({
  uid: "layerstream-printer",
  title: "Layerstream: printer",
  description: "One printer: how it prints, what was forecast, what was done about it.",
  span: "30m",
  refresh: "10s",
  variables: [
    {
      name: "printer_id",
      label: "Printer",
      description: "Printers that sent readings in the time shown.",
      query: PRINTER_IDS,
    },
    THRESHOLD,
  ],
  marks: marksOf(CHOSEN),
  rows: [
    {
      title: "Now",
      panels: [
        figure({
          title: "Roughness",
          description: "The newest measured roughness.",
          queries: [newest(SENSOR, "roughness")],
          width: 3,
          decimals: 1,
          empty: "not measured",
        }),
        figure({
          title: "In 30 seconds",
          description: "The roughness that the model expects in 30 seconds.",
          queries: [newest(PREDICTION, "roughness", [`r.model == "${ROUGHNESS_MODEL}"`])],
          width: 3,
          decimals: 1,
          empty: "no forecast",
        }),
        figure({
          title: "Anomaly score",
          description: `How unlike a healthy print the last 30 seconds were, from 0 to 1. An episode begins above ${ODD_ABOVE} and ends below ${ODD_CLEAR}.`,
          queries: [newest(PREDICTION, "anomaly_score", [`r.model == "${ANOMALY_MODEL}"`])],
          width: 3,
          decimals: 2,
          steps: steps(SKY, [ODD_CLEAR, ORANGE], [ODD_ABOVE, VERMILION]),
          empty: "no score",
        }),
        figure({
          title: "Speed told",
          description: "The last speed that feedback sent in the time shown, in percent of what the job commands.",
          queries: [newest(FEEDBACK, "speed", ['r.outcome == "sent"'])],
          unit: "percent",
          width: 3,
          decimals: 0,
          steps: steps(ORANGE, [100, SKY]),
          empty: "left alone",
        }),
        figure({
          title: "Last reading",
          description: "Seconds between the newest reading and the end of the time shown.",
          queries: [SILENCE],
          unit: "s",
          width: 3,
          decimals: 0,
          steps: steps(SKY, [10, ORANGE], [60, VERMILION]),
          empty: "silent",
        }),
        figure({
          title: "State",
          description: "What the printer says that it does. Roughness is judged while it is printing, or says nothing.",
          queries: [newest(SENSOR, "state")],
          width: 3,
          text: true,
          empty: UNSENT,
        }),
        figure({
          title: "Job",
          description: "The job of the newest reading that names one.",
          queries: [newestTag("job_id")],
          width: 3,
          text: true,
          empty: UNSENT,
        }),
        figure({
          title: "Material",
          description: "The material of the newest reading that names one.",
          queries: [newestTag("material")],
          width: 3,
          text: true,
          empty: UNSENT,
        }),
      ],
    },
    {
      title: "Quality",
      panels: [
        trend({
          title: "Roughness, measured and forecast",
          description:
            "The forecast stands at the moment that it was made for: where the two lines lie together the model was right. Above the threshold the printer is slowed; the marks say when, and when it got its speed back.",
          queries: [ROUGHNESS_MEASURED, ROUGHNESS_FORECAST, THRESHOLD_LINE],
          width: 24,
          height: 10,
          min: 0,
          lines: {
            measured: { colour: SKY },
            forecast: { colour: ORANGE, dash: "dash" },
            threshold: THRESHOLD_LOOK,
          },
          empty: "no roughness and no forecast in this time",
        }),
        trend({
          title: "Anomaly score",
          description: `The highest score of each step. An episode begins above ${ODD_ABOVE} and ends when it was below ${ODD_CLEAR} for a while.`,
          queries: [ANOMALY_SCORE],
          width: 12,
          min: 0,
          max: 1,
          levels: steps("transparent", [ODD_CLEAR, ORANGE], [ODD_ABOVE, VERMILION]),
          lines: { [ANOMALY_MODEL]: { colour: BLUE } },
          empty: "nothing was scored in this time",
        }),
        trend({
          title: "Speed",
          description:
            "What feedback told the printer, and what the printer says that it does, in percent of the job's speed.",
          queries: [SPEED_TOLD, fields("speed_factor")],
          unit: "percent",
          width: 12,
          min: 0,
          reach: 100,
          lines: {
            told: { colour: ORANGE, steps: true },
            speed_factor: { colour: SKY },
          },
          empty: "feedback left it alone, and it reports no speed",
        }),
      ],
    },
    {
      title: "Heat and motion",
      panels: [
        trend({
          title: "Nozzle",
          description: "Temperature and target. Below the target with the power up: a failing heater or too much flow.",
          queries: [fields("nozzle_temp", "nozzle_target")],
          unit: "celsius",
          width: 12,
          lines: { nozzle_temp: { colour: VERMILION }, nozzle_target: { colour: SKY, dash: "dash" } },
          empty: NOTHING,
        }),
        trend({
          title: "Bed",
          description: "Temperature and target.",
          queries: [fields("bed_temp", "bed_target")],
          unit: "celsius",
          width: 12,
          lines: { bed_temp: { colour: VERMILION }, bed_target: { colour: SKY, dash: "dash" } },
          empty: NOTHING,
        }),
        trend({
          title: "Heater power",
          description:
            "Duty of the heaters. It shows a clog that the temperature hides: less filament takes less heat away, and the power falls.",
          queries: [fields("nozzle_power", "bed_power")],
          unit: "percentunit",
          width: 8,
          min: 0,
          max: 1,
          lines: { nozzle_power: { colour: ORANGE }, bed_power: { colour: BLUE, dash: "dash" } },
          empty: NOTHING,
        }),
        trend({
          title: "Vibration",
          description: "RMS of the head. A slow climb over days is a bearing that wears; a jump is something loose.",
          queries: [fields("vibration")],
          unit: "accMS2",
          width: 8,
          min: 0,
          lines: { vibration: { colour: PURPLE } },
          empty: NOTHING,
        }),
        trend({
          title: "Feed",
          description: "Fan and flow in percent; the speed of the head on the right.",
          queries: [fields("feedrate", "fan", "flow_factor")],
          unit: "percent",
          width: 8,
          min: 0,
          lines: {
            feedrate: { colour: GREEN, right: "suffix: mm/s" },
            fan: { colour: SKY, dash: "dash" },
            flow_factor: { colour: ORANGE, dash: "dot" },
          },
          empty: NOTHING,
        }),
      ],
    },
    {
      title: "What was done",
      panels: [
        list({ ...adjustmentsOf(CHOSEN), width: 12 }),
        list({ ...alertsOf(CHOSEN), width: 12 }),
        trend({
          title: "Readings",
          description:
            "Per second. A gap is a printer that was silent, or readings that the processor refused (dead letters).",
          queries: [READING_RATE],
          unit: "cps",
          width: 24,
          height: 6,
          min: 0,
          lines: { readings: { colour: GREEN } },
          empty: "no readings in this time",
        }),
      ],
    },
  ],
});
