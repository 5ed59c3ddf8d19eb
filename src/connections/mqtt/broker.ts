import type { ResourceKey } from "../../streams/component/context.js";

export type Qos = 0 | 1 | 2;

/** A message as the broker handed it over. */
export interface Incoming {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: Qos;
  readonly retain: boolean;
  /** Whoever sent it says that it may have done so before. False proves nothing. */
  readonly dup: boolean;
}

export interface Subscription {
  readonly filters: readonly string[];
  readonly qos: Qos;
  /** Names the persistent session; two subscribers with one name push each other out. */
  readonly session: string;
  /** At most so many messages wait to be taken; beyond that the broker keeps them (QoS 1 and 2) or they are counted as dropped (QoS 0). */
  readonly limit: number;
  /** Is told of what comes from the broker. */
  readonly line?: SubscriptionLine;
}

/** Whether a broker is heard of at all, beside the messages that it hands over. */
export class SubscriptionLine {
  /** When anything came from it last, ms since the epoch; Infinity for a broker in this process. */
  heard = Infinity;
  /** What is published now is ours to take: the broker has granted the subscription. */
  stands = false;
  /** Asks it for an answer, where there is a connection. */
  ask: () => void = () => undefined;
}

export interface Outgoing {
  readonly topic: string;
  readonly payload: string;
  readonly qos: Qos;
  readonly retain: boolean;
}

/** One broker, seen by the sources and sinks that share it. Over the network or embedded: they cannot tell. */
export interface MqttBroker {
  /** `mqtt://127.0.0.1:1883`, without secrets. */
  readonly address: string;
  /**
   * Messages in the order of arrival, in the batches that they came in. Asking for the next batch acknowledges the last;
   * what was not asked past comes again to the next reader of the session, with QoS 1 and 2.
   * Outlives broken connections. Ends soon after `stop` aborts; throws ConfigError for a refused login or a bad address.
   */
  subscribe(subscription: Subscription, stop: AbortSignal): AsyncIterable<readonly Incoming[]>;
  /** Resolves when the broker has it (QoS 1 and 2) or it is on its way (QoS 0); DisconnectedError when it is away. */
  publish(message: Outgoing): Promise<void>;
  close(): Promise<void>;
}

export const mqttBroker: ResourceKey<MqttBroker> = {
  name: "MQTT broker",
  mend: "set MQTT_URL, or leave it empty for the embedded broker",
};
