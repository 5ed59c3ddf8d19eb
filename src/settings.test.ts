import { describe, expect, it } from "@jest/globals";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { describeSettings, envExample, loadSettings, type SettingSources } from "./settings.js";

const load = (sources: Partial<SettingSources> = {}) => loadSettings({ env: {}, ...sources });

function problemsOf(sources: Partial<SettingSources>): string {
  try {
    load(sources);
  } catch (cause) {
    expect(cause).toMatchObject({ name: "ConfigError" });
    return (cause as Error).message;
  }
  throw new Error("the settings were taken");
}

describe("loadSettings", () => {
  it("gives defaults where nothing is set", () => {
    expect(load()).toMatchObject({
      MQTT_URL: "",
      MQTT_USERNAME: "mlops_user",
      ROUGHNESS_THRESHOLD: 75,
      SYNTHESIZER_RATE_HZ: 100,
      INFLUXDB_BUCKET: "printing_metrics",
      HTTP_PORT: 8080,
      CONTROL_MODE: "auto",
      LOG_FORMAT: "auto",
      PIPELINES: [],
    });
  });

  it("prefers --set to the environment, that to .env, and that to the default", () => {
    const dotenv = "ROUGHNESS_THRESHOLD=1\nHTTP_PORT=1\nLOG_LEVEL=warn\n";
    const env = { ROUGHNESS_THRESHOLD: "2", HTTP_PORT: "2" };
    expect(load({ dotenv, env, set: ["ROUGHNESS_THRESHOLD=3"] })).toMatchObject({
      ROUGHNESS_THRESHOLD: 3,
      HTTP_PORT: 2,
      LOG_LEVEL: "warn",
      HTTP_HOST: "127.0.0.1",
    });
  });

  it("takes empty text for not set, and an empty --set for the default", () => {
    const env = { ROUGHNESS_THRESHOLD: "", HTTP_PORT: "81", BASE_RATE_HZ: "5" };
    expect(load({ dotenv: "ROUGHNESS_THRESHOLD=60", env })).toMatchObject({ ROUGHNESS_THRESHOLD: 60, HTTP_PORT: 81 });
    expect(load({ env, set: ["HTTP_PORT=", "BASE_RATE_HZ="] })).toMatchObject({
      HTTP_PORT: 8080,
      SYNTHESIZER_RATE_HZ: 100,
    });
  });

  it("takes BASE_RATE_HZ for SYNTHESIZER_RATE_HZ, of which the nearer level wins, then the real name", () => {
    const dotenv = "SYNTHESIZER_RATE_HZ=100";
    expect(load({ dotenv, env: { BASE_RATE_HZ: "500" } }).SYNTHESIZER_RATE_HZ).toBe(500);
    expect(load({ env: { BASE_RATE_HZ: "500", SYNTHESIZER_RATE_HZ: "0.5" } }).SYNTHESIZER_RATE_HZ).toBe(0.5);
  });

  it("reads .env with quotes, comments, CRLF and BOM", () => {
    const dotenv = '\uFEFFMQTT_USERNAME="a b" # me\r\n# HTTP_PORT=1\r\nexport INFLUXDB_ORG=farm\r\n';
    expect(load({ dotenv })).toMatchObject({ MQTT_USERNAME: "a b", HTTP_PORT: 8080, INFLUXDB_ORG: "farm" });
  });

  it("splits the list of pipelines", () =>
    expect(load({ env: { PIPELINES: "a.yaml, b.yaml,," } }).PIPELINES).toEqual(["a.yaml", "b.yaml"]));

  it.each([
    ["HTTP_PORT", "80a", "write a whole number from 0 to 65535"],
    ["HTTP_PORT", "65536", "write a whole number from 0 to 65535"],
    ["HTTP_PORT", "1.5", "write a whole number from 0 to 65535"],
    ["ROUGHNESS_THRESHOLD", "0x10", "write a number"],
    ["ROUGHNESS_THRESHOLD", "NaN", "write a number"],
    ["ROUGHNESS_THRESHOLD", " ", "write a number"],
    ["SYNTHESIZER_RATE_HZ", "0", "write a number above 0"],
    ["SYNTHESIZER_PRINTERS", "0", "write a whole number from 1"],
    ["SYNTHESIZER_SEED", "-1", "write a whole number from 0"],
    ["MQTT_URL", "broker", "write a URL that begins with mqtt://"],
    ["MQTT_URL", "http://h", "write a URL that begins with mqtt://"],
    ["INFLUXDB_URL", "localhost:8086", "write a URL that begins with http://"],
    ["NATS_URL", "localhost:4222", "write URLs that begin with nats:// or tls://"],
    ["NATS_URL", "nats://a,nats://b,", "write URLs that begin with nats:// or tls://"],
    ["NATS_REPLICAS", "2", "write 1, 3 or 5"],
    ["CONSUMER_GROUP", "hall 2", 'write up to 48 letters, digits, "_" and "-"'],
    ["CONTROL_MODE", "Auto", "write auto or advise"],
    ["LOG_LEVEL", "verbose", "write error or warn or info or debug"],
  ])("says of %s=%s what is allowed", (name, value, allowed) => {
    const message = problemsOf({ env: { [name]: value } });
    expect(message).toContain(`${name}: ${allowed}`);
    expect(message).toContain(`value was "${value}"`);
  });

  it("tells all that is wrong at once", () => {
    const message = problemsOf({
      env: { HTTP_PORT: "x", CONTROL_MODE: "y", MQTT_CERT: "a.pem" },
      set: ["MQTT_ULR=z", "STATE_DIR"],
    });
    expect(message.split("\n")).toEqual([
      "the settings are wrong:",
      '  --set MQTT_ULR: there is no such setting. Did you mean "MQTT_URL"?',
      "  --set STATE_DIR: write --set STATE_DIR=VALUE",
      '  HTTP_PORT: write a whole number from 0 to 65535: value was "x"',
      '  CONTROL_MODE: write auto or advise: value was "y"',
      "  MQTT_CERT and MQTT_KEY belong together: give both or neither",
    ]);
  });

  it("lets nobody but this machine in without a token", () => {
    for (const HTTP_HOST of ["0.0.0.0", "::", "10.0.0.7", "farm"])
      expect(problemsOf({ env: { HTTP_HOST } })).toContain(
        `HTTP_HOST=${HTTP_HOST} lets other machines in: set HTTP_TOKEN`,
      );
    for (const HTTP_HOST of ["127.0.0.1", "127.1.2.3", "::1", "localhost"])
      expect(load({ env: { HTTP_HOST } })).toMatchObject({ HTTP_HOST, HTTP_TOKEN: "" });
    expect(load({ env: { HTTP_HOST: "0.0.0.0", HTTP_TOKEN: "geheim" } }).secrets()).toEqual(["geheim"]);
  });

  it("takes several servers of one cluster", () => {
    const NATS_URL = "nats://u:p@a:4222, tls://b";
    const settings = load({ env: { NATS_URL } });
    expect(settings.NATS_URL).toBe(NATS_URL);
    expect(settings.secrets()).toEqual(["p"]);
    expect(load()).toMatchObject({ NATS_URL: "", NATS_REPLICAS: 1, CONSUMER_GROUP: "layerstream" });
  });

  it("keeps = and all that follows in a value of --set", () =>
    expect(load({ set: ["INFLUXDB_TOKEN=a=b=="] }).INFLUXDB_TOKEN).toBe("a=b=="));
});

describe("secrets", () => {
  it("are read from a file, less its last line end", () => {
    const folder = mkdtempSync(join(tmpdir(), "settings-"));
    try {
      writeFileSync(join(folder, "password"), "geheim \n");
      const settings = load({ env: { MQTT_PASSWORD_FILE: join(folder, "password") } });
      expect(settings.MQTT_PASSWORD).toBe("geheim ");
      expect(settings.secrets()).toEqual(["geheim "]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("are refused where both forms are given, or the file is missing or empty", () => {
    const env = { MQTT_PASSWORD: "geheim", MQTT_PASSWORD_FILE: "x", INFLUXDB_TOKEN_FILE: "empty" };
    const message = problemsOf({ env, readFile: () => "\n" });
    expect(message).toContain("MQTT_PASSWORD and MQTT_PASSWORD_FILE are both given; take one away");
    expect(message).toContain("INFLUXDB_TOKEN_FILE: empty is empty");
    expect(message).not.toContain("geheim");
    expect(problemsOf({ env: { INFLUXDB_TOKEN_FILE: "/no/such/file" } })).toContain(
      "INFLUXDB_TOKEN_FILE: cannot read the file",
    );
  });

  it("may come from a nearer level in the other form", () => {
    const settings = load({ dotenv: "MQTT_PASSWORD=old", env: { MQTT_PASSWORD_FILE: "x" }, readFile: () => "new" });
    expect(settings.MQTT_PASSWORD).toBe("new");
  });

  it("stay out of error messages, a password in a URL too", () => {
    const env = { MQTT_URL: "http://user:geheim@host", MQTT_PASSWORD: "other" };
    const message = problemsOf({ env, set: ["HTTP_HOSTS=other"] });
    expect(message).toContain('value was "http://user:***@host"');
    expect(message).not.toMatch(/geheim|other/);
  });

  it("stay out of what pipeline files may use", () => {
    const env = { MQTT_PASSWORD: "geheim", INFLUXDB_TOKEN: "token", MQTT_URL: "mqtt://u:p%40ss%zz@host" };
    const settings = load({ env });
    expect(settings.secrets()).toEqual(["geheim", "token", "p%40ss%zz"]);
    const variables = settings.variables();
    expect(variables).toMatchObject({ ROUGHNESS_THRESHOLD: "75", MQTT_URL: "mqtt://u:***@host", PIPELINES: "" });
    expect(Object.keys(variables)).not.toContain("MQTT_PASSWORD");
    expect(JSON.stringify(variables)).not.toMatch(/geheim|token"|p%40ss/);
  });
});

describe("docs of the settings", () => {
  it("have a row each, with what is allowed", () => {
    expect(describeSettings().find((row) => row.name === "SYNTHESIZER_RATE_HZ")).toEqual({
      name: "SYNTHESIZER_RATE_HZ",
      aliases: ["BASE_RATE_HZ"],
      default: "100",
      allowed: "a number above 0",
      doc: "Messages a second of the synthesizer, over all its printers. BASE_RATE_HZ is the same.",
      secret: false,
    });
    expect(new Set(describeSettings().map((row) => row.name)).size).toBe(describeSettings().length);
  });

  it("make an example that says the same as no file at all", () => {
    const values = (dotenv: string) => JSON.stringify(load({ dotenv }));
    expect(values(envExample())).toBe(values(""));
    const names = describeSettings().map((row) => row.name);
    expect(Object.keys(parseEnv(envExample())).sort()).toEqual([...names].sort());
  });
});
