import { makeFolder } from "../../src/streams/component/folder.js";
import { lock } from "../../src/streams/journal/embedded/lock.js";
import { layBrokerFiles } from "./broker-files.js";
import { Child, type Say } from "./child.js";
import { findProgram, portAt } from "./find.js";
import { addressIn, processor, synthesizer } from "./programs.js";
import * as servers from "./servers.js";

export interface StackOptions {
  /** The repository, built. */
  readonly home: string;
  /** What the stack writes: passwords, data, state. Kept from one start to the next. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly say: Say;
}

/** A stack that runs. */
export interface Stack {
  /** Where each part is; undefined where this machine has none. */
  readonly addresses: Readonly<Record<"mqtt" | "influxdb" | "grafana" | "processor", string | undefined>>;
  readonly children: readonly Child[];
  /** Ends all, the last one started first, so that none misses another. */
  end(): Promise<void>;
  /** At once. */
  kill(): void;
}

const NEEDED_BY_SCRIPT = "mosquitto_passwd";

/**
 * Starts what this machine has of the stack, with the shipped configuration, and says what it has not. Where one does not
 * start, those before it are ended and its last words are thrown.
 */
export async function startStack({ home, folder, env, say }: StackOptions): Promise<Stack> {
  makeFolder(folder);
  // A second stack would put its port into the files of the first, and its sessions in the place of that one's.
  const unlock = lock(folder);
  const children: Child[] = [];
  const end = async (): Promise<void> => {
    for (const child of [...children].reverse()) await child.end();
    unlock();
  };
  const kill = (): void => {
    for (const child of children) child.kill();
    unlock();
  };
  const start = (server: servers.Server): Promise<string> => {
    say("stack", `starting ${server.name}`);
    const child = new Child({ ...server, say });
    children.push(child);
    return child.ready();
  };
  const find = (name: string, without: string): string | undefined => {
    const found = findProgram(name, env.PATH ?? "");
    if (found === undefined) say("stack", `SKIPPED, ${name.toUpperCase()} IS NOT ON THE PATH: ${without}`);
    return found;
  };
  try {
    const brokerProgram =
      find(NEEDED_BY_SCRIPT, "no accounts can be made") &&
      find("mosquitto", "the program's own broker serves, without accounts");
    const port = await portAt(1883);
    const files = brokerProgram === undefined ? noFiles : layBrokerFiles({ home, folder, port });
    const place = { home, folder, files, env };
    const mqtt = brokerProgram === undefined ? undefined : `mqtt://127.0.0.1:${port}`;
    if (brokerProgram !== undefined) await start(servers.mosquitto(brokerProgram, port, place));

    const database = `http://127.0.0.1:${await portAt(8086)}`;
    const influxd = mqtt && find("influxd", "victoria-metrics takes its place, which knows no Flux");
    const victoria = influxd === undefined ? find("victoria-metrics", "the program's own history serves") : undefined;
    if (influxd !== undefined) {
      await start(servers.influxd(influxd, database, place));
      await servers.setUpInfluxdb(database, files);
    } else if (victoria !== undefined) await start(servers.victoriaMetrics(victoria, database, place));
    const influxdb = (influxd ?? victoria) ? database : undefined;

    const programs = { ...place, mqtt, influxdb };
    const address = addressIn(await start(processor(`http://127.0.0.1:${await portAt(8080)}`, programs)))!;
    if (mqtt !== undefined) await start(synthesizer(`http://127.0.0.1:${await portAt(8081)}`, programs));

    const collector = find("telegraf", "the processor alone writes; no figures of broker and machine");
    if (collector !== undefined && mqtt !== undefined && influxdb !== undefined)
      await start(await servers.telegraf(collector, { mqtt, influxdb, processor: address }, place));

    const panels = find("grafana-server", "no dashboards");
    const grafana =
      panels !== undefined && influxd !== undefined ? `http://127.0.0.1:${await portAt(3000)}` : undefined;
    if (grafana !== undefined) await start(servers.grafana(panels!, grafana, database, place));
    return { addresses: { mqtt, influxdb, grafana, processor: address }, children, end, kill };
  } catch (cause) {
    await end();
    throw cause;
  }
}

const noFiles = {
  folder: "",
  configuration: "",
  secret: (name: string): never => {
    throw new Error(`no ${name}: there is no broker that it would be for`);
  },
};
