import { connectAsync, type MqttClient } from "mqtt";

/** A control message as a printer gets it. */
export interface Command {
  readonly printer: string;
  readonly id: string;
  readonly speed: number;
  readonly reason: string;
  /** All ms since the epoch. */
  readonly issued: number;
  readonly expires: number;
  readonly heard: number;
}

/** Hears every control message of a broker, whoever it is for. */
export class Commands {
  readonly heard: Command[] = [];
  onHeard: (command: Command) => void = () => undefined;

  private constructor(readonly client: MqttClient) {
    client.on("error", () => undefined);
    client.on("message", (topic, payload) => {
      const heard = Date.now();
      const message = JSON.parse(payload.toString()) as Record<string, string> & { speed: number };
      const command: Command = {
        printer: topic.slice(topic.lastIndexOf("/") + 1),
        id: message.command_id!,
        speed: message.speed,
        reason: message.reason!,
        issued: Date.parse(message.issued_at!),
        expires: Date.parse(message.expires_at!),
        heard,
      };
      this.heard.push(command);
      this.onHeard(command);
    });
  }

  static async listen(url: string): Promise<Commands> {
    const client = await connectAsync(url, {
      clientId: "printers",
      clean: false,
      protocolVersion: 4,
      reconnectPeriod: 100,
    });
    const commands = new Commands(client);
    await client.subscribeAsync("printer/control/+", { qos: 1 });
    return commands;
  }

  /** Each command once, with how often it came. */
  byId(): ReadonlyMap<string, readonly Command[]> {
    const found = new Map<string, Command[]>();
    for (const command of this.heard) {
      const same = found.get(command.id);
      if (same) same.push(command);
      else found.set(command.id, [command]);
    }
    return found;
  }

  async close(): Promise<void> {
    await this.client.endAsync(true);
  }
}
