import type { StreamRecord } from "../../streams/record/record.js";
import { kindOf } from "../../streams/record/field.js";
import type {
  Adjustment,
  Command,
  FieldValue,
  Prediction,
  Reading,
  Shift,
  Verdict,
} from "../../streams/record/values.js";
import { field, tag } from "./line-protocol.js";
import { nanoseconds } from "./nanoseconds.js";

/*
 * What becomes of each kind of record. All have the tag printer_id and the record's event time; rows of one measurement
 * with the same tags and time are one point, so a record written twice is there once.
 *
 *   printer_sensor      tags job_id, material      all other numbers, booleans and texts of the reading
 *   printer_prediction  tag  model                 the outputs of the model, model_version, window_start, window_end (ms),
 *                                                  revision of a corrected window
 *   printer_feedback    tags command, outcome      speed, nozzle_temp, …, command_id, reason, episode, issued_at, expires_at
 *   printer_alert       tags rule, state           raised, field, observed, limit, estimated, episode; of a drift
 *                                                  before_start, …_end, …_count, …_mean, after_start, …
 *
 * `command` is what the adjustment sets, as in `speed` or `nozzle_temp+speed`: two adjustments in one instant that set
 * different things are two points. `state` is a tag for the same reason: an episode may end in the instant it began.
 */

/** The kinds of records that have rows. */
export type Storable = Reading | Prediction | Adjustment | Verdict;

const SENSOR_TAGS: ReadonlySet<string> = new Set(["printer_id", "timestamp", "job_id", "material"]);
const PREDICTION_NAMES: ReadonlySet<string> = new Set([
  "printer_id",
  "model",
  "model_version",
  "window_start",
  "window_end",
  "revision",
]);
const COMMANDS = [
  "bed_temp",
  "fan",
  "flow",
  "nozzle_temp",
  "pause",
  "speed",
] as const satisfies readonly (keyof Command)[];
const COMMAND_TEXTS = ["command_id", "reason", "episode", "issued_at", "expires_at"] as const;

const SHIFT = [
  "before_start",
  "before_end",
  "before_count",
  "before_mean",
  "after_start",
  "after_end",
  "after_count",
  "after_mean",
] as const satisfies readonly (keyof Shift)[];

export interface RowOptions {
  /** What the names of the measurements begin with: letters, digits and _. */
  readonly prefix: string;
  /** Tags that every row has. */
  readonly tags: Readonly<Record<string, string>>;
}

/** Makes the line of a record; undefined for one that holds nothing to write. Its time must fit. */
export function rowWriter({ prefix, tags }: RowOptions): (record: StreamRecord<Storable>) => string | undefined {
  const everywhere = Object.entries(tags)
    .map(([name, value]) => tag(name, value))
    .join("");
  const [sensor, prediction, feedback, alert] = ["sensor", "prediction", "feedback", "alert"].map(
    (name) => `${prefix}_${name}${everywhere}`,
  ) as [string, string, string, string];

  return ({ key, eventTime, value }) => {
    const printer = tag("printer_id", key);
    const row = (series: string, fields: string) =>
      fields === "" ? undefined : `${series} ${fields.slice(1)} ${nanoseconds(eventTime)}`;
    switch (kindOf(value)) {
      case "prediction": {
        const { evidence, fields } = value as Prediction;
        return row(prediction + printer + tag("model", evidence.model.name), predictionFields(fields, evidence));
      }
      case "adjustment": {
        const adjustment = value as Adjustment;
        const command = COMMANDS.filter((name) => adjustment[name] !== undefined).join("+");
        const series = feedback + printer + tag("command", command) + tag("outcome", adjustment.outcome);
        return row(series, pick(adjustment, COMMANDS) + pick(adjustment, COMMAND_TEXTS));
      }
      case "verdict": {
        const verdict = value as Verdict;
        return row(alert + printer + tag("rule", verdict.rule) + tag("state", verdict.state), verdictFields(verdict));
      }
      default: {
        const reading = value as Reading;
        const series = sensor + printer + tag("job_id", reading.job_id) + tag("material", reading.material);
        return row(series, readingFields(reading));
      }
    }
  };
}

function readingFields(reading: Reading): string {
  let fields = "";
  for (const name in reading) if (!SENSOR_TAGS.has(name)) fields += field(name, reading[name]);
  return fields;
}

function predictionFields(outputs: Prediction["fields"], { model, window, revision }: Prediction["evidence"]): string {
  let fields = "";
  for (const name in outputs) if (!PREDICTION_NAMES.has(name)) fields += field(name, outputs[name]);
  // A prediction of which no number is finite says nothing.
  if (fields === "") return "";
  return (
    fields +
    field("model_version", model.version) +
    field("window_start", window?.start) +
    field("window_end", window?.end) +
    field("revision", revision)
  );
}

function verdictFields(verdict: Verdict): string {
  return (
    field("raised", verdict.state === "raised") +
    pick(verdict, ["field", "observed", "limit", "estimated", "episode", ...SHIFT])
  );
}

function pick<N extends string>(value: Readonly<Partial<Record<N, FieldValue>>>, names: readonly N[]): string {
  let fields = "";
  for (const name of names) fields += field(name, value[name]);
  return fields;
}
