import { describe, expect, it } from "@jest/globals";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, normalize } from "node:path";
import { parseEnv } from "node:util";
import { describeSettings } from "../../src/settings.js";
import {
  mountsOf,
  networksOf,
  parseCompose,
  readCompose,
  referenceProblems,
  schemaProblems,
  secretsOf,
} from "./compose-file.js";

const ROOT = readCompose("compose.yaml");
const TEXT = readFileSync("docker/compose.yaml", "utf8");
const STACK = parseCompose(TEXT);
const services = Object.entries(STACK.services);
/** The one that hands volumes over, as root, and ends before anything else begins. */
const lasting = services.filter(([name]) => name !== "volumes");

describe("the compose files", () => {
  it("are what the schema says, and name only what is there", () => {
    expect(schemaProblems(ROOT)).toEqual([]);
    expect(schemaProblems(STACK)).toEqual([]);
    expect(referenceProblems(STACK)).toEqual([]);
  });

  it.each<[what: string, break_: (text: string) => string, problem: RegExp]>([
    ["a key", (text) => text.replace("cap_drop:", "cap_dorp:"), /must NOT have (additional|unevaluated) properties/],
    ["a type", (text) => text.replace("read_only: true", "read_only: [yes]"), /read_only must be boolean/],
    ["a condition", (text) => text.replace("service_healthy", "healthy"), /condition must be equal to/],
  ])("are refused with %s that is wrong", (_, break_, problem) => {
    const broken = break_(TEXT);
    expect(broken).not.toBe(TEXT);
    expect(schemaProblems(parseCompose(broken)).join("\n")).toMatch(problem);
  });

  it.each<[from: RegExp, to: string, problem: string]>([
    [/^ {6}influxdb: \{ condition/m, "      influx: { condition", "telegraf: there is no service influx"],
    [/secrets: \[mqtt_password,/, "secrets: [mqtt_pasword,", "processor: there is no secret mqtt_pasword"],
    [/^ {2}grafana-data:\n/m, "", "grafana: there is no volume grafana-data"],
    [/networks: \[layerstream\]/, "networks: [layerstraem]", "mqtt: there is no network layerstraem"],
    [/^ {2}mqtt-data:\n/m, "  mqtt-data:\n  old-data:\n", "nobody uses old-data"],
    [
      / {4}healthcheck:\n(?=.*\n {6}test: \[CMD, influx)/,
      "    x-check:\n",
      "telegraf: nothing says whether influxdb is healthy",
    ],
  ])("are refused where %s is %j", (from, to, problem) => {
    const broken = TEXT.replace(from, to);
    expect(broken).not.toBe(TEXT);
    expect(referenceProblems(parseCompose(broken))).toContain(problem);
  });

  it("are one stack, whichever is read", () => {
    const taken = Object.fromEntries(
      Object.keys(STACK.services).map((service) => [service, { extends: { file: "docker/compose.yaml", service } }]),
    );
    expect(ROOT.services).toEqual(taken);
    expect(ROOT.networks).toEqual(STACK.networks);
    expect(ROOT.volumes).toEqual(STACK.volumes);
    const seenFromRoot = Object.entries(STACK.secrets!).map(([name, { file }]) => [
      name,
      { file: normalize(join("docker", file)) },
    ]);
    expect(ROOT.secrets).toEqual(Object.fromEntries(seenFromRoot));
  });

  it("gives no secret to two names of one service, of which Compose 2.12 forgets one", () => {
    for (const [name, service] of services)
      expect([name, secretsOf(service)]).toEqual([name, [...new Set(secretsOf(service))]]);
  });
});

describe("the stack", () => {
  it.each(lasting)("%s runs without root, and adds no rights", (_, service) => {
    expect(service.user).toMatch(/^(?!root|0\b)/);
    expect(service.cap_add).toBeUndefined();
  });

  it("has one service that runs as root, to hand over volumes", () => {
    const { volumes } = STACK.services;
    expect(volumes).toMatchObject({ user: "0:0", cap_add: ["CHOWN", "DAC_READ_SEARCH"], restart: "no" });
    expect(volumes!.entrypoint!.slice(0, 2)).toEqual(["chown", "-R"]);
    expect(volumes).not.toHaveProperty("ports");
    expect(volumes).not.toHaveProperty("secrets");
  });

  it.each(services)("%s runs with no more rights than it needs", (_, service) => {
    expect(service).toMatchObject({ read_only: true, cap_drop: ["ALL"], security_opt: ["no-new-privileges:true"] });
    expect(service.privileged).toBeUndefined();
    expect(service.deploy?.resources?.limits).toEqual({
      cpus: expect.any(String),
      memory: expect.any(String),
      pids: expect.any(Number),
    });
    expect(networksOf(service)).toEqual(["layerstream"]);
  });

  it.each(services)("%s publishes on loopback, unless PUBLISH_ON says otherwise", (_, { ports = [] }) => {
    for (const port of ports) expect(port).toMatch(/^\$\{PUBLISH_ON:-127\.0\.0\.1\}:(\d+):\1$/);
  });

  it("publishes the broker, the database, Grafana and the program, and nothing else", () => {
    const published = services.flatMap(([name, { ports = [] }]) => ports.map((port) => [name, port.split(":").at(-1)]));
    expect(Object.fromEntries(published)).toEqual({
      mqtt: "1883",
      influxdb: "8086",
      grafana: "3000",
      processor: "8080",
    });
  });

  it.each(services)("%s is one version, not whatever is newest", (_, { image }) => {
    expect(image).toMatch(/^layerstream:local$|:\d+\.\d+\.\d+(-alpine)?$/);
  });

  it("has the versions that scripts and manifests have", () => {
    const images = new Set(services.map(([, { image }]) => image!));
    const texts = ["scripts", "k8s"].flatMap((folder) =>
      readdirSync(folder, { recursive: true, encoding: "utf8" })
        .filter((name) => /\.(sh|yaml)$/.test(name))
        .map((name) => readFileSync(join(folder, name), "utf8")),
    );
    const named = texts.flatMap((text) => text.match(/\b(eclipse-mosquitto|influxdb|nats):\d+\.[\w.-]*/g) ?? []);
    expect(named.length).toBeGreaterThan(3);
    expect(named.filter((image) => !images.has(image))).toEqual([]);
  });

  it.each(services)("%s is given secrets by file alone", (_, service) => {
    const secrets = secretsOf(service);
    for (const [name, value] of Object.entries(service.environment ?? {})) {
      if (/_FILE$/.test(name)) expect(secrets.map((each) => `/run/secrets/${each}`)).toContain(value);
      else expect([name, /PASSWORD|TOKEN|SECRET/.test(name)]).toEqual([name, false]);
    }
  });

  it.each(services)("%s writes to volumes of its own, and reads the repository's files", (name, service) => {
    for (const { type, source, read_only } of mountsOf(service)) {
      if (type === "bind") expect([source, read_only]).toEqual([source, true]);
      else if (name !== "volumes") expect(source).toMatch(new RegExp(`^${name}-`));
    }
  });

  it.each(services)("%s is given files that are there", (_, service) => {
    for (const { type, source } of mountsOf(service)) {
      if (type === "bind") expect([source, existsSync(join("docker", source))]).toEqual([source, true]);
    }
  });

  it("gives Telegraf and Grafana what their files ask for", () => {
    const telegraf = readFileSync("config/telegraf.conf", "utf8").replaceAll(/^ *#.*$/gm, "");
    const { environment = {}, ...rest } = STACK.services["telegraf"]!;
    const wanted = [...telegraf.matchAll(/@\{secrets:(\w+)\}/g)].map(([, name]) => name!);
    const inFile = [...new Set([...wanted, "http_token"])].sort();
    expect(secretsOf(rest).sort()).toEqual(inFile);
    const without = [...telegraf.matchAll(/\$\{(\w+)\}/g)].map(([, name]) => name!);
    expect(without.filter((name) => !(name in environment))).toEqual([]);

    const grafana = STACK.services["grafana"]!;
    const files = readdirSync("grafana/provisioning", { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".yaml") && !name.endsWith("rules.yaml"))
      .map((name) => readFileSync(join("grafana/provisioning", name), "utf8").replaceAll(/^ *#.*$/gm, ""));
    for (const file of files) {
      for (const [, name] of file.matchAll(/: \$([A-Z_]+)$/gm)) expect(grafana.environment).toHaveProperty(name!);
      for (const [, name] of file.matchAll(/\$__file\{\/run\/secrets\/(\w+)\}/g))
        expect(secretsOf(grafana)).toContain(name);
    }
  });

  const known = describeSettings().flatMap(({ name, aliases, secret }) => [
    name,
    ...aliases,
    ...(secret ? [`${name}_FILE`] : []),
  ]);
  const ours = services.filter(([, { image }]) => image?.startsWith("layerstream:"));
  it.each(ours)("%s is given settings that the program knows", (_, { environment = {} }) => {
    expect(Object.keys(environment).filter((name) => !known.includes(name))).toEqual([]);
    expect(environment).toMatchObject({ MQTT_URL: "mqtt://mqtt:1883", STATE_DIR: "/state" });
  });

  it("keeps the state of each program on a volume of its own", () => {
    const states = ours.map(([, service]) => mountsOf(service).find(({ target }) => target === "/state")?.source);
    expect(states.every(Boolean)).toBe(true);
    expect(new Set(states).size).toBe(ours.length);
  });

  it.each(["processor", "processor-2", "processor-3"])("leaves %s room for threads of TensorFlow", (name) => {
    const threads = ({ processes, cores }: { processes: number; cores: number }) => processes * (12 + 2 * cores);
    const { pids } = STACK.services[name]!.deploy!.resources!.limits!;
    expect(pids).toBeGreaterThan(threads({ processes: 5, cores: 64 }));
  });

  it("lets BASE_RATE_HZ of the command line win over .env", () => {
    const { environment } = STACK.services["synthesizer"]!;
    expect(environment).toHaveProperty("BASE_RATE_HZ", "${SYNTHESIZER_RATE_HZ:-}");
    expect(environment).not.toHaveProperty("SYNTHESIZER_RATE_HZ");
  });

  it("starts no second processor where no NATS_URL tells them of each other", () => {
    for (const name of ["processor-2", "processor-3"]) {
      const { profiles, environment } = STACK.services[name]!;
      expect(profiles).toEqual(["nats"]);
      expect(environment!["NATS_URL"]).toMatch(/^\$\{NATS_URL:-nats:\/\/[\w-]+\.invalid:4222\}$/);
    }
    expect(STACK.services["processor"]!.environment).toHaveProperty("NATS_URL", "${NATS_URL:-}");
  });

  it("asks for variables that .env.example has", () => {
    const known = Object.keys(parseEnv(readFileSync(".env.example", "utf8")));
    const asked = [...TEXT.matchAll(/(?<!\$)\$\{(\w+)/g)].map(([, name]) => name!);
    expect(asked.length).toBeGreaterThan(20);
    expect([...new Set(asked)].filter((name) => !known.includes(name))).toEqual([]);
  });

  it("is given secrets that scripts/init_mqtt.sh makes", () => {
    const script = readFileSync("scripts/init_mqtt.sh", "utf8");
    for (const { file } of Object.values(ROOT.secrets!)) {
      const name = file.replace(/^secrets\//, "");
      expect([name, new RegExp(`(secret|account \\S+) ${name}\\b|\\$secrets/${name}\\b`).test(script)]).toEqual([
        name,
        true,
      ]);
    }
  });

  it("lets Telegraf ask every processor", () => {
    const name = new URL(STACK.services["telegraf"]!.environment!["PROCESSOR_URL"]!).hostname;
    const asked = services.filter(([, { networks }]) => JSON.stringify(networks).includes(`"aliases":["${name}"]`));
    expect(asked.map(([each]) => each)).toEqual(["processor", "processor-2", "processor-3"]);
  });

  it("waits for what it needs until that is healthy", () => {
    const conditions = services.flatMap(([, { depends_on = {} }]) => Object.values(depends_on));
    expect(conditions.map(({ condition }) => condition)).not.toContain("service_started");
    expect(Object.keys(STACK.services["processor"]!.depends_on!)).toEqual(["mqtt", "influxdb"]);
  });
});
