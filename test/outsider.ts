import { connectAsync, type IClientOptions, type IPublishPacket, type MqttClient } from "mqtt";

export interface Heard {
  readonly topic: string;
  readonly text: string;
  readonly qos: number;
  readonly retain: boolean;
}

/** A printer or a person with an MQTT client that knows nothing of this program. */
export class Outsider {
  readonly heard: Heard[] = [];
  /** Resolves when the connection has ended. */
  readonly gone: Promise<void>;
  readonly #client: MqttClient;

  private constructor(client: MqttClient) {
    this.#client = client;
    client.on("message", (topic: string, payload: Buffer, { qos, retain }: IPublishPacket) =>
      this.heard.push({ topic, text: payload.toString(), qos, retain }),
    );
    this.gone = new Promise((resolve) => client.once("close", resolve));
    // A broker that goes away is part of some tests.
    client.on("error", () => undefined);
  }

  /** Subscribes before it resolves. */
  static async join(url: string, filters: readonly string[], options: IClientOptions = {}): Promise<Outsider> {
    const client = await connectAsync(url, { protocolVersion: 4, reconnectPeriod: 100, ...options });
    const outsider = new Outsider(client);
    if (filters.length > 0) await client.subscribeAsync([...filters], { qos: 1 });
    return outsider;
  }

  /** What came on topics that begin so. */
  on(prefix: string): readonly Heard[] {
    return this.heard.filter(({ topic }) => topic.startsWith(prefix));
  }

  /** Resolves when the broker has it. Text and bytes go as they are. */
  async publish(topic: string, value: object | string, retain = false): Promise<void> {
    const payload = typeof value === "string" || Buffer.isBuffer(value) ? value : JSON.stringify(value);
    await this.#client.publishAsync(topic, payload, { qos: 1, retain });
  }

  /** Resolves when all has come that the broker had for this client until now: its answers come in order. */
  async caughtUp(): Promise<void> {
    await this.#client.subscribeAsync("nothing/comes/here", { qos: 0 });
  }

  /** Cuts the connection without a goodbye, as when the power fails. */
  async vanish(): Promise<void> {
    this.#client.stream.destroy();
    await this.#client.endAsync(true);
  }

  async leave(): Promise<void> {
    await this.#client.endAsync(true);
  }
}

/** A reading as the contract has it. */
export function sensorReading(printer: string, roughness: number, time = Date.now()): Record<string, unknown> {
  const timestamp = new Date(time).toISOString();
  return {
    printer_id: printer,
    timestamp,
    layer_height: 0.2,
    nozzle_temp: 215,
    bed_temp: 60,
    roughness,
    anomaly: null,
  };
}
