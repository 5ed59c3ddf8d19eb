import { InfluxDB } from "@influxdata/influxdb-client";
import { connect } from "mqtt";
import { THRESHOLD } from "./message.js";

/*
 * The least that a program can do for the same work: a bare client that parses, compares with a threshold, writes rows by
 * hand and publishes an adjustment. No window, model, check, dead letter or retry.
 */
interface Reading {
  readonly printer_id: string;
  readonly timestamp: string;
  readonly layer_height: number;
  readonly nozzle_temp: number;
  readonly bed_temp: number;
  readonly roughness: number;
}

const [mqttUrl = "", influxUrl = ""] = process.argv.slice(2);
const rows = new InfluxDB({ url: influxUrl }).getWriteApi("layerstream", "printing_metrics", "ns", {
  batchSize: 5000,
  flushInterval: 500,
});
const slow = new Set<string>();
const client = connect(mqttUrl, { clientId: "floor", clean: false });
client.on("connect", () => client.subscribe("printing/+/sensor", { qos: 1 }, () => process.stdout.write("ready\n")));
client.on("message", (_, payload) => {
  const reading = JSON.parse(payload.toString()) as Reading;
  const { printer_id: printer, roughness } = reading;
  if (roughness > THRESHOLD && !slow.has(printer)) {
    slow.add(printer);
    client.publish(`printer/control/${printer}`, '{"speed":50}', { qos: 1 });
  } else if (roughness < THRESHOLD - 5 && slow.delete(printer)) {
    client.publish(`printer/control/${printer}`, '{"speed":100}', { qos: 1 });
  }
  rows.writeRecord(
    `printer_sensor,printer_id=${printer} layer_height=${reading.layer_height},nozzle_temp=${reading.nozzle_temp},` +
      `bed_temp=${reading.bed_temp},roughness=${roughness} ${Date.parse(reading.timestamp)}000000`,
  );
});
process.on("SIGTERM", () => {
  void rows.close().then(() => client.end(false, () => process.exit(0)));
});
