import type * as cog from "@grafana/grafana-foundation-sdk/cog";
import * as common from "@grafana/grafana-foundation-sdk/common";
import * as dashboard from "@grafana/grafana-foundation-sdk/dashboard";
import * as stat from "@grafana/grafana-foundation-sdk/stat";
import * as table from "@grafana/grafana-foundation-sdk/table";
import * as timeseries from "@grafana/grafana-foundation-sdk/timeseries";
import { FluxQuery, INFLUXDB } from "./flux.js";
import { GREY, SKY, type Line, type Lines } from "./look.js";

/** What every panel has. */
export interface Panel {
  readonly title: string;
  /** What it answers, and what to do about it. */
  readonly description: string;
  readonly queries: readonly string[];
  readonly unit?: string;
  readonly decimals?: number;
  /** Of 24. */
  readonly width: number;
  readonly height?: number;
  /** Shown in the place of a value where there is none. */
  readonly empty?: string;
}

/** A panel that has no place on the grid yet. */
export interface Unplaced {
  readonly panel: dashboard.Panel;
  readonly width: number;
  readonly height: number;
}

interface Shared {
  title(title: string): this;
  description(text: string): this;
  datasource(source: common.DataSourceRef): this;
  targets(targets: cog.Builder<cog.Dataquery>[]): this;
  noValue(text: string): this;
  unit(unit: string): this;
  decimals(decimals: number): this;
  build(): dashboard.Panel;
}

function finish(builder: Shared, plan: Panel, height: number): Unplaced {
  builder
    .title(plan.title)
    .description(plan.description)
    .datasource(INFLUXDB)
    .targets(plan.queries.map((query, i) => new FluxQuery(query, String.fromCharCode(65 + i))));
  if (plan.unit !== undefined) builder.unit(plan.unit);
  if (plan.decimals !== undefined) builder.decimals(plan.decimals);
  if (plan.empty !== undefined) builder.noValue(plan.empty);
  return { panel: builder.build(), width: plan.width, height: plan.height ?? height };
}

export interface Figure extends Panel {
  readonly steps?: readonly dashboard.Threshold[];
  readonly mappings?: readonly dashboard.ValueMapping[];
  /** The value is a text. */
  readonly text?: true;
}

/** One number or word, large. */
export function figure(plan: Figure): Unplaced {
  const builder = new stat.PanelBuilder()
    .graphMode(common.BigValueGraphMode.None)
    .colorMode(common.BigValueColorMode.Value)
    .thresholds(
      new dashboard.ThresholdsConfigBuilder()
        .mode(dashboard.ThresholdsMode.Absolute)
        .steps([...(plan.steps ?? [{ value: null, color: SKY }])]),
    )
    .mappings([...(plan.mappings ?? [])])
    // Without `fields` only numbers are shown.
    .reduceOptions(
      new common.ReduceDataOptionsBuilder().calcs(["lastNotNull"]).fields(plan.text ? "/^(?!Time$|_time$).*/" : ""),
    );
  return finish(builder, plan, 4);
}

export interface Trend extends Panel {
  readonly lines?: Lines;
  /** Levels that stand in the pipeline, drawn as dashed lines. */
  readonly levels?: readonly dashboard.Threshold[];
  readonly min?: number;
  readonly max?: number;
  /** Numbers from here on are far: the axis reaches at least so high. */
  readonly reach?: number;
  /** Windows are at least so long. */
  readonly interval?: string;
  readonly stacked?: true;
  /** Logarithmic, base 10. */
  readonly log?: true;
}

/** Lines over time. */
export function trend(plan: Trend): Unplaced {
  return finish(
    shapeOf(plan)
      .lineWidth(1)
      .fillOpacity(plan.stacked ? 30 : 0),
    plan,
    8,
  );
}

/** What happened in each step of time, as bars on one another. */
export function happenings(plan: Trend): Unplaced {
  const builder = shapeOf({ ...plan, stacked: true, min: 0 })
    .drawStyle(common.GraphDrawStyle.Bars)
    .lineWidth(0)
    .fillOpacity(80);
  return finish(builder, plan, 7);
}

function shapeOf(plan: Trend): timeseries.PanelBuilder {
  const builder = new timeseries.PanelBuilder()
    .legend(
      new common.VizLegendOptionsBuilder()
        .showLegend(true)
        .displayMode(common.LegendDisplayMode.List)
        .placement(common.LegendPlacement.Bottom)
        .calcs([]),
    )
    .tooltip(
      new common.VizTooltipOptionsBuilder().mode(common.TooltipDisplayMode.Multi).sort(common.SortOrder.Descending),
    )
    .showPoints(common.VisibilityMode.Auto)
    .colorScheme(new dashboard.FieldColorBuilder().mode(dashboard.FieldColorModeId.PaletteClassicByName));
  if (plan.min !== undefined) builder.min(plan.min);
  if (plan.max !== undefined) builder.max(plan.max);
  if (plan.reach !== undefined) builder.axisSoftMax(plan.reach);
  if (plan.interval !== undefined) builder.interval(plan.interval);
  if (plan.stacked) builder.stacking(new common.StackingConfigBuilder().mode(common.StackingMode.Normal).group("A"));
  if (plan.log)
    builder.scaleDistribution(new common.ScaleDistributionConfigBuilder().type(common.ScaleDistribution.Log).log(10));
  if (plan.levels)
    builder
      .thresholds(
        new dashboard.ThresholdsConfigBuilder().mode(dashboard.ThresholdsMode.Absolute).steps([...plan.levels]),
      )
      .thresholdsStyle(new common.GraphThresholdsStyleConfigBuilder().mode(common.GraphThresholdsStyleMode.Dashed));
  for (const [name, line] of Object.entries(plan.lines ?? {})) builder.overrideByName(name, drawn(line));
  return builder;
}

function drawn({ colour, dash = "solid", steps, joined, right }: Line): dashboard.DynamicConfigValue[] {
  const properties: dashboard.DynamicConfigValue[] = [{ id: "color", value: { mode: "fixed", fixedColor: colour } }];
  if (dash !== "solid")
    properties.push({ id: "custom.lineStyle", value: { fill: "dash", dash: dash === "dash" ? [8, 6] : [2, 5] } });
  if (steps) properties.push({ id: "custom.lineInterpolation", value: common.LineInterpolation.StepAfter });
  if (steps ?? joined) properties.push({ id: "custom.spanNulls", value: true });
  if (right !== undefined)
    properties.push({ id: "custom.axisPlacement", value: common.AxisPlacement.Right }, { id: "unit", value: right });
  return properties;
}

export interface Column {
  readonly title?: string;
  readonly unit?: string;
  readonly decimals?: number;
  readonly width?: number;
  readonly mappings?: readonly dashboard.ValueMapping[];
  /** Colours the cell by its mapping. */
  readonly coloured?: true;
  readonly link?: { readonly title: string; readonly url: string };
}

export interface List extends Panel {
  /** By the name that the query gives. */
  readonly columns: Readonly<Record<string, Column>>;
}

/** Rows in a table with pages. */
export function list(plan: List): Unplaced {
  const builder = new table.PanelBuilder()
    .showHeader(true)
    .cellHeight(common.TableCellHeight.Sm)
    .filterable(true)
    .colorScheme(new dashboard.FieldColorBuilder().mode(dashboard.FieldColorModeId.Fixed).fixedColor(GREY))
    .footer(new common.TableFooterOptionsBuilder().show(false).reducer([]).enablePagination(true));
  for (const [name, column] of Object.entries(plan.columns)) builder.overrideByName(name, cells(column));
  return finish(builder, plan, 9);
}

function cells({ title, unit, decimals, width, mappings, coloured, link }: Column): dashboard.DynamicConfigValue[] {
  const properties: (dashboard.DynamicConfigValue | false | undefined)[] = [
    title !== undefined && { id: "displayName", value: title },
    unit !== undefined && { id: "unit", value: unit },
    decimals !== undefined && { id: "decimals", value: decimals },
    width !== undefined && { id: "custom.width", value: width },
    mappings && { id: "mappings", value: mappings },
    coloured && { id: "custom.cellOptions", value: { type: common.TableCellDisplayMode.ColorText } },
    link && { id: "links", value: [{ ...link, targetBlank: false }] },
  ];
  return properties.filter((property) => typeof property === "object");
}
