// Grafana 13 reads the classic form of a dashboard from a file.
/* eslint-disable @typescript-eslint/no-deprecated */
import * as dashboard from "@grafana/grafana-foundation-sdk/dashboard";
import { arrange, type Row } from "./arrange.js";
import { FluxQuery, INFLUXDB } from "./flux.js";

const TAG = "layerstream";

/** Where a click on a printer leads. */
export const PRINTER_LINK = {
  title: "Open this printer",
  url: "/d/layerstream-printer?var-printer_id=${__value.raw:percentencode}&${__url_time_range}",
};

export interface Variable {
  readonly name: string;
  readonly label: string;
  readonly description: string;
  readonly query: string;
  /** Several at once, all at first. */
  readonly many?: true;
}

/** Events that are drawn over all graphs. The query gives `_time`, `title`, `text` and `tags`. */
export interface Marks {
  readonly name: string;
  readonly colour: string;
  readonly query: string;
}

export interface Page {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly span: string;
  readonly refresh: string;
  readonly variables?: readonly Variable[];
  readonly marks?: readonly Marks[];
  readonly rows: readonly Row[];
}

/** A dashboard: what all have in common, and its own rows of panels. */
export function page(plan: Page): dashboard.Dashboard {
  const builder = new dashboard.DashboardBuilder(plan.title)
    .uid(plan.uid)
    .description(plan.description)
    .tags([TAG])
    .editable()
    .tooltip(dashboard.DashboardCursorSync.Crosshair)
    .timezone("browser")
    .time({ from: `now-${plan.span}`, to: "now" })
    .refresh(plan.refresh)
    .link(
      new dashboard.DashboardLinkBuilder("Layerstream")
        .type(dashboard.DashboardLinkType.Dashboards)
        .tags([TAG])
        .keepTime(true)
        .includeVars(false),
    );
  for (const each of plan.variables ?? []) builder.withVariable(variable(each));
  for (const { name, colour, query } of plan.marks ?? [])
    builder.annotation(
      new dashboard.AnnotationQueryBuilder()
        .name(name)
        .datasource(INFLUXDB)
        .enable(true)
        .iconColor(colour)
        .target(new FluxQuery(query, "Anno")),
    );
  return { ...builder.build(), panels: arrange(plan.rows) };
}

function variable({ name, label, description, query, many }: Variable): dashboard.QueryVariableBuilder {
  const builder = new dashboard.QueryVariableBuilder(name)
    .label(label)
    .description(description)
    .datasource(INFLUXDB)
    .query({ refId: "variable", query })
    .definition(query)
    .refresh(dashboard.VariableRefresh.OnTimeRangeChanged)
    .sort(dashboard.VariableSort.NaturalAsc);
  return many ? builder.multi(true).includeAll(true).allValue(".*").current({ text: "All", value: "$__all" }) : builder;
}
