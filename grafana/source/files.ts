import { stringify } from "yaml";
import { alertRules } from "./alerts.js";
import { farm } from "./farm.js";
import { models } from "./models.js";
import { pipeline } from "./pipeline.js";
import { printer } from "./printer.js";

const GENERATED = "# Made by npm run docs from grafana/source: edit it there.\n";

/** What Grafana reads, path by path. */
export function grafanaFiles(): ReadonlyMap<string, string> {
  const dashboards = { farm, printer, models, pipeline };
  return new Map([
    ...Object.entries(dashboards).map(
      ([name, dashboard]) => [`grafana/dashboards/${name}.json`, `${JSON.stringify(dashboard, null, 2)}\n`] as const,
    ),
    [
      "grafana/provisioning/alerting/rules.yaml",
      GENERATED + stringify(alertRules, { lineWidth: 0, blockQuote: "literal" }),
    ],
  ]);
}
