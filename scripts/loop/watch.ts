import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { connectAsync } from "mqtt";
import { parse, stringify } from "yaml";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

/** What an outsider sees of one printer. */
export interface Sighting {
  /** Readings in the order in which they came; `at` in s of the printer's own time since the first. */
  readonly readings: readonly { readonly at: number; readonly roughness: number; readonly speed: number }[];
  /** Adjustments in order; `at` on the same scale, by the time at which they were issued. */
  readonly adjustments: readonly { readonly at: number; readonly speed: number; readonly reason: string }[];
}

interface SensorMessage {
  readonly timestamp: string;
  readonly roughness: number | null;
  /** Percent of the job's own speed. */
  readonly speed_factor: number;
}

interface ControlMessage {
  readonly speed: number;
  readonly reason: string;
  readonly issued_at: string;
}

/**
 * Runs quality.yaml with the synthesizer's pipeline, whose source is given these options, on the embedded broker, and
 * watches from outside as any MQTT client would. Resolves when the synthesizer's duration is over.
 */
export async function watchFarm(source: Readonly<Record<string, unknown>>, synthesizer: string): Promise<Sighting> {
  const folder = await mkdtemp(join(tmpdir(), "loop-"));
  const pipeline = parse(synthesizer) as { sources: { printers: object } };
  pipeline.sources.printers = { type: "synthesizer", ...source };
  const farm = join(folder, "farm.yaml");
  await writeFile(farm, stringify(pipeline));
  const child = spawn(process.execPath, [join(ROOT, "dist/main.js"), "run", "config/pipelines/quality.yaml", farm], {
    cwd: ROOT,
    env: { ...process.env, STATE_DIR: folder, HTTP_PORT: "0", LOG_FORMAT: "json", MQTT_URL: "", INFLUXDB_URL: "" },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const gone = once(child, "exit");
  try {
    const client = await connectAsync(await embeddedBroker(child.stderr));
    const sensors: SensorMessage[] = [];
    const controls: ControlMessage[] = [];
    client.on("message", (topic, payload) => {
      const message: unknown = JSON.parse(payload.toString());
      if (topic.startsWith("printer/control/")) controls.push(message as ControlMessage);
      else sensors.push(message as SensorMessage);
    });
    await client.subscribeAsync(["printing/+/sensor", "printer/control/+"], { qos: 1 });
    await quiet(() => sensors.length);
    await client.endAsync();
    return sighting(sensors, controls);
  } finally {
    child.kill("SIGINT");
    await gone;
    await rm(folder, { recursive: true, force: true });
  }
}

/** The address that the program says its broker listens on. */
async function embeddedBroker(log: Readable): Promise<string> {
  let said = "";
  for await (const chunk of log.iterator({ destroyOnReturn: false })) {
    said += String(chunk);
    const address = /"address":"(127\.0\.0\.1:\d+)"/.exec(said);
    if (address) {
      log.resume();
      return `mqtt://${address[1]!}`;
    }
  }
  throw new Error(`the program ended:\n${said}`);
}

/** Resolves once readings have come and then none for some seconds. */
async function quiet(count: () => number): Promise<void> {
  for (let [before, silent] = [0, 0]; before === 0 || silent < 5;) {
    await new Promise((resolve) => setTimeout(resolve, 1000));
    silent = count() === before ? silent + 1 : 0;
    before = count();
  }
}

function sighting(sensors: readonly SensorMessage[], controls: readonly ControlMessage[]): Sighting {
  const start = Date.parse(sensors[0]!.timestamp);
  const since = (time: string) => (Date.parse(time) - start) / 1000;
  return {
    readings: sensors.flatMap(({ timestamp, roughness, speed_factor }) =>
      roughness === null ? [] : [{ at: since(timestamp), roughness, speed: speed_factor }],
    ),
    adjustments: controls.map(({ issued_at, speed, reason }) => ({ at: since(issued_at), speed, reason })),
  };
}
