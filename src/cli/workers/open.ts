import { type MqttBroker, mqttBroker } from "../../connections/mqtt/broker.js";
import type { ResourceKey } from "../../streams/component/context.js";
import type { LetterBox } from "../../streams/runtime/dead-letters.js";
import { systemClock } from "../../streams/time/clock.js";
import type { Topology } from "../../streams/topology/topology.js";
import { needsOf } from "../needs.js";
import { checkpointFolder, persistenceOf, spoolsFolder, streamOpener } from "../persistence.js";
import type { PipelineFile } from "../pipelines.js";
import type { Screen } from "../screen.js";
import type { Session } from "../session.js";
import { Crew } from "./crew.js";
import { settingTexts } from "./orders.js";
import type { Plan } from "./plan.js";
import { gatherSpools } from "./spools.js";
import { Team } from "./team.js";

export interface OpeningTeam {
  readonly topologies: readonly Topology[];
  /** They were compiled from these. */
  readonly files: readonly PipelineFile[];
  readonly plan: Plan;
  readonly resources: ReadonlyMap<ResourceKey<unknown>, unknown>;
  readonly letterBox: LetterBox | undefined;
  readonly resetState: "begin" | "end" | undefined;
  readonly screen: Screen | undefined;
}

/** What this process opens: also the broker of its own, which workers connect to. */
export function needsHere(topologies: readonly Topology[], { here }: Plan): ResourceKey<unknown>[] {
  return [...needsOf(here), ...needsOf(topologies).filter((key) => key === mqttBroker)];
}

/** Makes ready what runs these pipelines, with as many workers as the settings say. Nothing is open yet. */
export async function teamOf(session: Session, opening: OpeningTeam): Promise<Team> {
  const { settings, log } = session;
  const { topologies, files, plan, resources, letterBox, resetState, screen } = opening;
  const { shared, here } = plan;
  const { WORKERS: workers } = settings;
  await gatherSpools(spoolsFolder(settings), workers > 1 ? shared : topologies, workers, log);
  const crew =
    shared.length === 0
      ? undefined
      : new Crew({
          workers,
          shared,
          open: streamOpener(session),
          fromNow: resetState === "end",
          letterBox,
          checkpoints: checkpointFolder(settings),
          ...(screen && { logTo: screen }),
          clock: systemClock,
          log,
        });
  return new Team({
    topologies: here,
    resources,
    log,
    live: true,
    ...(letterBox && { letterBox }),
    keep: persistenceOf(session, resetState),
    crew,
    orders: () => ({
      files,
      ownBroker: settings.MQTT_URL === "",
      pipelines: shared.map(({ name }) => name),
      set: workerSettings(session, resources, screen),
    }),
  });
}

/** The settings of a worker: as ours, but that it finds our own broker by its address. */
function workerSettings(
  { settings }: Session,
  resources: ReadonlyMap<ResourceKey<unknown>, unknown>,
  screen: Screen | undefined,
): readonly string[] {
  const broker = resources.get(mqttBroker) as MqttBroker | undefined;
  return settingTexts(settings, {
    ...(settings.MQTT_URL === "" && broker && { MQTT_URL: broker.address }),
    ...(settings.LOG_FORMAT === "auto" && screen && { LOG_FORMAT: "pretty" }),
  });
}
