import type { ResourceKey } from "../../streams/component/context.js";

/** A database that takes line protocol over `/api/v2/write`: InfluxDB 2 and 3, VictoriaMetrics. */
export interface InfluxDatabase {
  /** `http://127.0.0.1:8086, bucket "printing_metrics"`, without secrets. */
  readonly address: string;
  /**
   * Resolves when the server has confirmed the lines, which have a line feed between them and are in nanoseconds. Safe to
   * repeat: the same line is the same point. DisconnectedError when the server is away or will not take anything from us
   * just now; PartialWriteError, by the number of the line, when it has the rest and refuses some for good.
   */
  write(lines: string): Promise<void>;
  /** Resolves when a write would be let in; ConfigError where settings are wrong, DisconnectedError when it is away. */
  ping(): Promise<void>;
  /** Lets go of the sockets. */
  close(): void;
}

export const influxDatabase: ResourceKey<InfluxDatabase> = {
  name: "InfluxDB",
  mend: "set INFLUXDB_URL (and INFLUXDB_TOKEN), or leave the node out with enabled: false",
};
