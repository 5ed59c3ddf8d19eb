import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** What init_mqtt.sh made in a folder. */
export interface BrokerFiles {
  /** Where mosquitto is started: the paths in its configuration are relative to it. */
  readonly folder: string;
  /** The configuration, relative to the folder. */
  readonly configuration: string;
  /** A secret of the stack by the name of its file: `mqtt_password`, `influxdb_token`. */
  secret(name: string): string;
}

export interface BrokerPlace {
  /** The repository, whose config/ and scripts/ are taken. */
  readonly home: string;
  /** Gets config/, secrets/, data/ and .env. What is there stays. */
  readonly folder: string;
  /** Of 127.0.0.1. */
  readonly port: number;
}

const LISTENER = /^listener 1883$/m;

/**
 * Puts the shipped broker configuration into a folder, with accounts of its own: accounts, access and limits are those of the
 * container. Only the port is another, and a broker that is started by root stays root, which owns the files here.
 */
export function layBrokerFiles({ home, folder, port }: BrokerPlace): BrokerFiles {
  execFileSync(join(home, "scripts", "init_mqtt.sh"), ["--in", folder], { stdio: "pipe" });
  const config = join(folder, "config");
  cpSync(join(home, "config", "mosquitto.d"), join(config, "mosquitto.d"), { recursive: true });
  mkdirSync(join(folder, "data"), { recursive: true });
  const shipped = readFileSync(join(home, "config", "mosquitto.conf"), "utf8");
  if (!LISTENER.test(shipped)) throw new Error(`config/mosquitto.conf has no line ${LISTENER.source}`);
  const root = process.getuid?.() === 0;
  const text = shipped.replace(LISTENER, `listener ${port} 127.0.0.1`) + (root ? "\nuser root\n" : "");
  writeFileSync(join(config, "mosquitto.conf"), text);
  return {
    folder,
    configuration: join("config", "mosquitto.conf"),
    secret: (name) => readFileSync(join(folder, "secrets", name), "utf8"),
  };
}
