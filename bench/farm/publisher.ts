import type { Socket } from "node:net";
import { connect, type MqttClient } from "mqtt";
import { type Load, sensorMessage } from "./message.js";

/** What the process that publishes is told, as JSON in its only argument. */
export type Orders = Load & { readonly url: string } &
  /** One in `roughEach` is rough; absent: none. */
  (
    | { readonly mode: "flood"; readonly count: number; readonly roughEach?: number }
    /** Every `roughEvery` seconds each printer has one rough reading, and a calm one after it. */
    | { readonly mode: "rate"; readonly perSecond: number; readonly seconds: number; readonly roughEvery: number }
    /** One rough reading of each printer, each after the answer to the last. */
    | { readonly mode: "tries" }
  );

/** What it says when it is done, as one line of JSON. */
export interface Published {
  readonly sent: number;
  readonly seconds: number;
  /** ms from handing a rough reading over to having the adjustment, ascending. */
  readonly latencies: readonly number[];
  readonly unanswered: number;
}

/** Unacknowledged messages at one time. */
const WINDOW = 1000;
const TICK = 5;
const ANSWER_WITHIN = 5000;
const ROUGH = 90;

const orders = JSON.parse(process.argv[2]!) as Orders;
const client = connect(orders.url, { clientId: "load", protocolVersion: 4 });
await new Promise<void>((resolve) => client.once("connect", () => resolve()));
// Otherwise a reading waits up to 40 ms for the acknowledgement of what was sent before it.
(client.stream as Socket).setNoDelay(true);
const began = performance.now();
const outcome =
  orders.mode === "flood"
    ? await flood(orders)
    : orders.mode === "rate"
      ? await keepRate(orders)
      : await tryEach(orders);
const seconds = (performance.now() - began) / 1000;
await client.endAsync();
process.stdout.write(`${JSON.stringify({ ...outcome, seconds } satisfies Published)}\n`);

async function flood(load: Orders & { mode: "flood" }): Promise<Omit<Published, "seconds">> {
  await new Promise<void>((resolve) => {
    let [next, acknowledged] = [0, 0];
    const more = (): void => {
      while (next < load.count && next - acknowledged < WINDOW) {
        const rough = load.roughEach !== undefined && next % load.roughEach === 0;
        const { topic, payload } = sensorMessage(next++, load, rough ? ROUGH : undefined);
        client.publish(topic, payload, { qos: 1 }, () => {
          acknowledged++;
          if (acknowledged === load.count) resolve();
          else more();
        });
      }
    };
    more();
  });
  return { sent: load.count, latencies: [], unanswered: 0 };
}

async function keepRate(load: Orders & { mode: "rate" }): Promise<Omit<Published, "seconds">> {
  const { perSecond, seconds: length, printers, roughEvery } = load;
  const waiting = new Map<string, number>();
  const latencies: number[] = [];
  await listen(client, (printer, speed) => {
    const since = waiting.get(printer);
    if (since === undefined || speed !== 50) return;
    waiting.delete(printer);
    latencies.push(performance.now() - since);
  });
  const total = Math.round(perSecond * length);
  const each = Math.max(1, Math.round((roughEvery * perSecond) / printers));
  const start = performance.now();
  let next = 0;
  while (next < total) {
    const due = Math.min(total, Math.floor(((performance.now() - start) / 1000) * perSecond));
    for (; next < due; next++) {
      const turn = Math.floor(next / printers);
      // Printers are rough in different turns, so that answers are spread over time.
      const rough = turn > 0 && (turn + (next % printers)) % each === 0 && next < total - perSecond;
      const { printer, topic, payload } = sensorMessage(next, load, rough ? ROUGH : undefined);
      if (rough) waiting.set(printer, performance.now());
      client.publish(topic, payload, { qos: 1 });
    }
    await new Promise((resolve) => setTimeout(resolve, TICK));
  }
  const until = performance.now() + ANSWER_WITHIN;
  while (waiting.size > 0 && performance.now() < until) await new Promise((resolve) => setTimeout(resolve, 50));
  return { sent: total, latencies: latencies.sort((a, b) => a - b), unanswered: waiting.size };
}

async function tryEach(load: Orders): Promise<Omit<Published, "seconds">> {
  let answered: (printer: string) => void = () => undefined;
  await listen(client, (printer, speed) => speed === 50 && answered(printer));
  const latencies: number[] = [];
  let unanswered = 0;
  for (let i = 0; i < load.printers; i++) {
    const { printer, topic, payload } = sensorMessage(i, load, ROUGH);
    const began = performance.now();
    const answer = new Promise<boolean>((resolve) => {
      const giveUp = setTimeout(() => resolve(false), ANSWER_WITHIN);
      answered = (from) => {
        if (from !== printer) return;
        latencies.push(performance.now() - began);
        clearTimeout(giveUp);
        resolve(true);
      };
    });
    client.publish(topic, payload, { qos: 1 });
    if (!(await answer)) unanswered++;
  }
  return { sent: load.printers, latencies: latencies.sort((a, b) => a - b), unanswered };
}

async function listen(on: MqttClient, heard: (printer: string, speed: number) => void): Promise<void> {
  on.on("message", (topic, payload) => {
    const { speed } = JSON.parse(payload.toString()) as { speed: number };
    heard(topic.slice(topic.lastIndexOf("/") + 1), speed);
  });
  await on.subscribeAsync("printer/control/+", { qos: 1 });
}
