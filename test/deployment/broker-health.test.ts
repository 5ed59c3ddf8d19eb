import { expect, it } from "@jest/globals";
import { readFileSync } from "node:fs";
import { parseAllDocuments } from "yaml";
import { readCompose, secretsOf } from "./compose-file.js";
import { brokerInstalled, ShippedBroker } from "./shipped-broker.js";

const { mqtt } = readCompose("docker/compose.yaml").services;
const title = "the broker's health checks say whether it lets somebody in";

it("the broker's container has the clients' options where they look for them", () => {
  const { file } = readCompose("compose.yaml").secrets!["mosquitto_sub"]!;
  expect(mqtt!.environment).toHaveProperty("XDG_CONFIG_HOME", "/run/secrets");
  expect(secretsOf(mqtt!)).toEqual(["mosquitto_pub", "mosquitto_sub"]);
  expect(file).toBe("secrets/mosquitto_client");
  expect(readCompose("compose.yaml").secrets!["mosquitto_pub"]).toEqual({ file });
});

(brokerInstalled ? it : it.skip)(
  brokerInstalled ? title : `SKIPPED, NO mosquitto ON THIS MACHINE: ${title}`,
  async () => {
    const manifests = parseAllDocuments(readFileSync("k8s/components/broker/broker.yaml", "utf8"));
    const probe = manifests
      .map((document) => document.getIn(["spec", "template", "spec", "containers", 0, "readinessProbe", "exec"]))
      .find(Boolean) as { toJSON(): { command: string[] } };
    const checks = [mqtt!.healthcheck!.test.slice(1), probe.toJSON().command];
    const broker = await ShippedBroker.start();
    try {
      const answers = () =>
        checks.map(([program, ...args]) => broker.client(program as "mosquitto_sub", args).status === 0);
      expect(answers()).toEqual([true, true]);
      await broker.kill("SIGTERM");
      expect(answers()).toEqual([false, false]);
    } finally {
      await broker.remove();
    }
  },
);
