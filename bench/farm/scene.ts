import { Mosquitto, mosquittoProgram } from "../../test/mosquitto.js";
import { startVictoriaMetrics, type VictoriaMetrics, victoriaMetricsProgram } from "../../test/victoria-metrics.js";

/** A broker and a database of their own, for one measurement. */
export interface Scene {
  readonly mqtt: string;
  readonly influx: string;
  /** How many readings the database holds of printers whose names match. */
  rows(printers?: string): Promise<number>;
  close(): Promise<void>;
}

/** Nothing is lost to a full queue, and the number of messages under way is the reader's affair. */
const NO_LIMITS = ["max_queued_messages 0", "max_queued_bytes 0", "max_inflight_messages 0"];
/** Otherwise it holds an adjustment back for up to 40 ms, until a printer has acknowledged what it was sent before. */
const AT_ONCE = "set_tcp_nodelay true";

export async function openScene(): Promise<Scene> {
  if (!mosquittoProgram || !victoriaMetricsProgram)
    throw new Error("this bench needs mosquitto and victoria-metrics: apt-get install mosquitto victoria-metrics");
  const mosquitto = await Mosquitto.start({}, undefined, [...NO_LIMITS, AT_ONCE]);
  const database = await startVictoriaMetrics(victoriaMetricsProgram);
  return {
    mqtt: mosquitto.url,
    influx: database.url,
    rows: (printers = ".+") => count(database, printers),
    async close() {
      await mosquitto.remove();
      await database.close();
    },
  };
}

async function count({ url }: VictoriaMetrics, printers: string): Promise<number> {
  await fetch(`${url}/internal/force_flush`);
  const query = `sum(count_over_time(printer_sensor_roughness{printer_id=~"${printers}"}[2d]))`;
  const time = Math.ceil(Date.now() / 1000) + 3600;
  const answer = await fetch(`${url}/api/v1/query?query=${encodeURIComponent(query)}&time=${time}&nocache=1`);
  const { data } = (await answer.json()) as { data: { result: { value: [number, string] }[] } };
  return Number(data.result[0]?.value[1] ?? 0);
}
