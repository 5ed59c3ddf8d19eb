import { DEAD, DELAY, DISK_USED, ODD_SHARE, PROCESSES, ROUGH_FOR, SILENCE, WAITING } from "./alert-queries.js";
import { INFLUXDB } from "./flux.js";

interface Rule {
  readonly uid: string;
  readonly title: string;
  readonly query: string;
  /** The query looks back so far, seconds. */
  readonly range: number;
  readonly when: "gt" | "lt";
  readonly limit: number;
  /** It must be so for so long before anybody is told. */
  readonly lasting: string;
  readonly severity: "critical" | "warning";
  /** What it means that the query finds nothing. */
  readonly nothing?: "OK" | "Alerting";
  readonly summary: string;
  readonly description: string;
  /** The dashboard that shows more. */
  readonly dashboard: string;
}

const PRINTER = "{{ .Labels.printer_id }}";
const NODE = "{{ .Labels.pipeline }}.{{ .Labels.node }}";
const SECONDS = "{{ humanizeDuration .Values.B.Value }}";

const RULES: readonly Rule[] = [
  {
    uid: "layerstream-printer-silent",
    title: "Printer silent",
    query: SILENCE,
    range: 3600,
    when: "gt",
    limit: 120,
    lasting: "1m",
    severity: "warning",
    summary: `${PRINTER} has sent nothing for ${SECONDS}`,
    description:
      "It was printing when it was last heard. Look whether it has power and network, and whether the broker lets it in. The alert ends when it is heard, or an hour after its last reading.",
    dashboard: "layerstream-printer",
  },
  {
    uid: "layerstream-printer-rough",
    title: "Printer rough in spite of feedback",
    query: ROUGH_FOR,
    range: 86_400,
    when: "gt",
    limit: 180,
    lasting: "0s",
    severity: "critical",
    summary: `${PRINTER} has been over the roughness threshold for ${SECONDS}`,
    description:
      "It was told to slow down and is no better, or no adjustment reached it: see its adjustments and their outcome. Stop the print and look at nozzle, belt and bearings.",
    dashboard: "layerstream-printer",
  },
  {
    uid: "layerstream-many-odd",
    title: "Many printers odd",
    query: ODD_SHARE,
    range: 86_400,
    when: "gt",
    limit: 0.25,
    lasting: "5m",
    severity: "warning",
    summary: "{{ humanizePercentage .Values.B.Value }} of the printers print unlike healthy ones",
    description:
      "Several at once is rather a common cause than as many faults: a batch of material, the air of the hall, new firmware, a new model.",
    dashboard: "layerstream-models",
  },
  {
    uid: "layerstream-processor-down",
    title: "Processor down",
    query: PROCESSES,
    range: 120,
    when: "lt",
    limit: 1,
    lasting: "1m",
    severity: "critical",
    nothing: "Alerting",
    summary: "Telegraf has reached no processor for two minutes",
    description:
      "Printers are not watched. Readings wait in the broker meanwhile, up to its limits. See the log of the processor, then that of Telegraf.",
    dashboard: "layerstream-pipeline",
  },
  {
    uid: "layerstream-lag",
    title: "Processor falls behind",
    query: DELAY,
    range: 120,
    when: "gt",
    limit: 60,
    lasting: "5m",
    severity: "critical",
    summary: `${NODE} is ${SECONDS} behind the clock`,
    description:
      "More comes in than the processor can take, or a printer's clock is slow. Look which node is busy and where records wait; WORKERS gives it more cores.",
    dashboard: "layerstream-pipeline",
  },
  {
    uid: "layerstream-rows-waiting",
    title: "Rows wait for the database",
    query: WAITING,
    range: 600,
    when: "gt",
    limit: 0,
    lasting: "0s",
    severity: "warning",
    summary: `{{ humanize .Values.B.Value }} records of ${NODE} have waited on disk for ten minutes`,
    description:
      "Database or broker is away or slow. Nothing is lost while the spool has room (4 GiB by default); feedback goes on. Bring the other side back.",
    dashboard: "layerstream-pipeline",
  },
  {
    uid: "layerstream-dead-letters",
    title: "Dead letters",
    query: DEAD,
    range: 600,
    when: "gt",
    limit: 0,
    lasting: "0s",
    severity: "warning",
    summary: `${NODE} could not work on {{ humanize .Values.B.Value }} records within ten minutes`,
    description:
      "npm start -- deadletters list tells them with their causes: printers that send nonsense, or a row that the database refuses. Mend the cause, then retry or drop them.",
    dashboard: "layerstream-pipeline",
  },
  {
    uid: "layerstream-disk",
    title: "Disk filling",
    query: DISK_USED,
    range: 300,
    when: "gt",
    limit: 85,
    lasting: "5m",
    severity: "critical",
    summary: "{{ .Labels.device }} of {{ .Labels.host }} is {{ humanize .Values.B.Value }} % full",
    description:
      "Journal, spool and database stop when it is full; feedback goes on. Lower JOURNAL_KEEP_DAYS or the retention of the bucket, or give it more room.",
    dashboard: "layerstream-pipeline",
  },
];

/** Grafana asks again so often. */
const EVERY = "30s";
const EXPRESSIONS = "__expr__";

/** The file below provisioning/alerting, as Grafana reads it. */
export const alertRules: object = {
  apiVersion: 1,
  groups: [{ orgId: 1, name: "layerstream", folder: "Layerstream", interval: EVERY, rules: RULES.map(provisioned) }],
};

function provisioned(rule: Rule): object {
  return {
    uid: rule.uid,
    title: rule.title,
    condition: "C",
    for: rule.lasting,
    noDataState: rule.nothing ?? "OK",
    // Where the database cannot be asked one alert says so, not each of them.
    execErrState: rule.nothing === undefined ? "KeepLast" : "Error",
    labels: { severity: rule.severity },
    annotations: { summary: rule.summary, description: rule.description, dashboard: pageOf(rule) },
    data: [
      {
        refId: "A",
        datasourceUid: INFLUXDB.uid,
        relativeTimeRange: { from: rule.range, to: 0 },
        model: { refId: "A", query: rule.query, intervalMs: 1000, maxDataPoints: 43_200 },
      },
      expression("B", { type: "reduce", expression: "A", reducer: "last" }),
      expression("C", {
        type: "threshold",
        expression: "B",
        conditions: [{ evaluator: { type: rule.when, params: [rule.limit] } }],
      }),
    ],
  };
}

/** Where to look: of a printer, at that printer. */
function pageOf({ dashboard }: Rule): string {
  const of = dashboard === "layerstream-printer" ? "?var-printer_id={{ urlquery .Labels.printer_id }}" : "";
  return `/d/${dashboard}${of}`;
}

function expression(refId: string, model: object): object {
  return {
    refId,
    datasourceUid: EXPRESSIONS,
    model: { refId, datasource: { type: EXPRESSIONS, uid: EXPRESSIONS }, ...model },
  };
}
