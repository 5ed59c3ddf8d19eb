import type { Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { connectAsync, type MqttClient } from "mqtt";
import type { Farm } from "./farm.js";

/** Unacknowledged messages at one time: below what a broker lets wait for one client. */
const WINDOW = 2_000;
/** ms */
const TICK = 5;

/** Publishes the readings of a farm to one broker as they are due, with QoS 1. One that comes late is sent at once. */
export class Feed {
  sent = 0;
  acknowledged = 0;
  /** Told of each reading as it is handed to the client. */
  onSent: (i: number) => void = () => undefined;
  readonly #farm: Farm;
  readonly #client: MqttClient;
  readonly #done: Promise<void>;
  #until = Infinity;
  #ended = false;

  private constructor(farm: Farm, client: MqttClient) {
    this.#farm = farm;
    this.#client = client;
    this.#done = this.#run();
  }

  static async start(url: string, farm: Farm): Promise<Feed> {
    const client = await connectAsync(url, { clientId: "farm", protocolVersion: 4, reconnectPeriod: 100 });
    // A broker that goes away is part of some scenarios.
    client.on("error", () => undefined);
    (client.stream as Socket).setNoDelay(true);
    return new Feed(farm, client);
  }

  /** How many readings are due by now. */
  get due(): number {
    const { rate, start } = this.#farm;
    return Math.floor(((Date.now() - start) / 1000) * rate);
  }

  /** Resolves when all that is due has been sent and acknowledged. */
  async caughtUp(): Promise<void> {
    const due = this.due;
    while (this.acknowledged < due) await pause(TICK);
  }

  /** Sends the first `count` readings and no more; resolves when the broker has them all. */
  async finish(count: number): Promise<void> {
    this.#until = count;
    await this.#done;
    while (this.acknowledged < this.sent) await pause(TICK);
    await this.close();
  }

  async close(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    await this.#client.endAsync(true);
  }

  async #run(): Promise<void> {
    while (!this.#ended && this.sent < this.#until) {
      const due = Math.min(this.due, this.#until, this.acknowledged + WINDOW);
      for (; this.sent < due; this.sent++) this.#publish(this.sent);
      await pause(TICK);
    }
  }

  #publish(i: number): void {
    this.onSent(i);
    this.#client.publish(this.#farm.topic(i), this.#farm.payload(i), { qos: 1 }, (error) => {
      if (!error) this.acknowledged++;
    });
  }
}
