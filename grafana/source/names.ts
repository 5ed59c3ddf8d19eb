/** Measurements of the influxdb sink (docs/topics.md). */
export const SENSOR = "printer_sensor";
export const PREDICTION = "printer_prediction";
export const FEEDBACK = "printer_feedback";
export const ALERT = "printer_alert";

/** Fields of which every reading has at least one. */
export const VITAL = ["nozzle_temp", "bed_temp", "roughness"] as const;

/** What config/pipelines/quality.yaml calls its rules, and the limits that it sets. */
export const ROUGH = "rough";
export const ODD = "odd";
export const ODD_ABOVE = 0.99;
export const ODD_CLEAR = 0.9;
/** The default of ROUGHNESS_THRESHOLD, shown until the first episode tells the real one. */
export const DEFAULT_THRESHOLD = 75;

/** The models of quality.yaml, and how far the forecast looks ahead. */
export const ANOMALY_MODEL = "anomaly";
export const ROUGHNESS_MODEL = "roughness";
export const HORIZON = "30s";

/** The nodes of quality.yaml in the order in which records pass them: each has its colour in graphs. */
export const NODES = [
  "sensors",
  "printing",
  "errors",
  "spans",
  "features",
  "anomaly",
  "odd",
  "forecast",
  "estimates",
  "rough",
  "control",
  "influxdb",
] as const;

/** A printer that has sent nothing for so long is shown as silent. */
export const SILENT_AFTER = "1m";

/** Measurements that config/telegraf.conf writes: metrics of the processor, $SYS of the broker, and the machine. */
export const PROCESSOR = "layerstream";
export const BROKER = "mosquitto";
export const CPU = "cpu";
export const MEMORY = "mem";
export const DISK = "disk";

/** Telegraf collects so often: in a shorter step of a graph there may be nothing. */
export const COLLECTED_EVERY = "10s";
