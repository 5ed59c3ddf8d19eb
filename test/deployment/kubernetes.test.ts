import { describe, expect, it } from "@jest/globals";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { Metrics } from "../../src/server/metrics.js";
import { describeSettings } from "../../src/settings.js";
import {
  canRender,
  keyProblems,
  type Manifest,
  podsOf,
  referenceProblems,
  render,
  valueProblems,
} from "./kubernetes-files.js";

const OVERLAYS = ["single", "scaled"];
const suite = canRender ? describe.each(OVERLAYS) : describe.skip.each(OVERLAYS);
const title = canRender ? "k8s/overlays/%s" : "SKIPPED, NO kubectl AND NO kustomize ON THIS MACHINE: k8s/overlays/%s";

const SECRETS = [
  "mqtt_password",
  "influxdb_token",
  "http_token",
  "influxdb_admin_password",
  "nats_password",
  "mosquitto_client",
  "pwfile",
];
const known = describeSettings().flatMap(({ name, secret }) => [name, ...(secret ? [`${name}_FILE`] : [])]);

suite(title, (overlay) => {
  const manifests = canRender ? render(join("k8s", "overlays", overlay)) : [];
  const pods = podsOf(manifests);
  const of = (kind: string, name: string): Manifest =>
    manifests.find(({ kind: its, metadata }) => its === kind && metadata.name === name)!;
  const processor = () => of("StatefulSet", "processor").spec.template.spec;
  /** A copy of all, with one object that is not as it should be. */
  const broken = (kind: string, name: string, damage: (manifest: any) => void): Manifest[] => {
    const copy = structuredClone(manifests);
    damage(copy.find(({ kind: its, metadata }) => its === kind && metadata.name === name));
    return copy;
  };
  const container = (manifest: any): any => manifest.spec.template.spec.containers[0];

  it("is what the published schemas allow, and names what is there", () => {
    expect(valueProblems(manifests)).toEqual([]);
    expect(keyProblems(manifests)).toEqual([]);
    expect(referenceProblems(manifests)).toEqual([]);
  });

  it("is refused with a value, a key or a name that is wrong", () => {
    const quantity = broken("StatefulSet", "processor", (it) => (container(it).resources.limits.memory = "1 GB"));
    expect(valueProblems(quantity).join("\n")).toMatch(/StatefulSet processor: .*memory/);

    const missing = broken("StatefulSet", "processor", (it) => delete it.spec.selector);
    expect(valueProblems(missing).join("\n")).toMatch(/StatefulSet processor: .*selector/);

    const key = broken("StatefulSet", "mqtt", (it) => (container(it).securityContext.readOnlyRootFileSystem = true));
    expect(keyProblems(key).join("\n")).toMatch(/StatefulSet mqtt: .*readOnlyRootFileSystem/);

    const label = broken("Service", "mqtt", (it) => (it.spec.selector.app = "mosquitto"));
    expect(referenceProblems(label)).toContain('Service mqtt: no pod has the labels {"app":"mosquitto"}');

    const mount = broken("StatefulSet", "influxdb", (it) => (container(it).volumeMounts[0].name = "dta"));
    expect(referenceProblems(mount)).toEqual(["influxdb: there is no volume dta"]);

    const probe = broken("StatefulSet", "influxdb", (it) => (container(it).livenessProbe.httpGet.port = "htpt"));
    expect(referenceProblems(probe)).toEqual(["influxdb: there is no port htpt"]);

    const port = broken("Service", "mqtt", (it) => (it.spec.ports[0].targetPort = "mqtts"));
    expect(referenceProblems(port)).toEqual(["Service mqtt: there is no port mqtts"]);

    const variable = broken("StatefulSet", "processor", (it) => (container(it).env[0].value = "$(LOG_FORMAT)"));
    expect(referenceProblems(variable)).toEqual([
      expect.stringMatching(/^processor: \w+ takes \$\(LOG_FORMAT\), which/),
    ]);
  });

  it.each(pods)(
    "%s runs without root, on a disk that is read only, within limits, and is looked after",
    (_, { spec }) => {
      expect(spec).toMatchObject({
        automountServiceAccountToken: false,
        securityContext: {
          runAsNonRoot: true,
          runAsUser: expect.any(Number),
          seccompProfile: { type: "RuntimeDefault" },
        },
      });
      for (const container of spec.containers)
        expect(container).toMatchObject({
          image: expect.stringMatching(/:\d+\.\d+\.\d+(-alpine)?$/),
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ["ALL"] },
          },
          resources: {
            requests: { cpu: expect.anything(), memory: expect.anything() },
            limits: { cpu: expect.anything(), memory: expect.anything() },
          },
          livenessProbe: expect.anything(),
          readinessProbe: expect.anything(),
        });
    },
  );

  it("gives the program settings that it knows, and secrets that scripts/init_mqtt.sh makes", () => {
    const { containers, volumes } = processor();
    const { env = [], envFrom = [] } = containers[0]!;
    const settings = of("ConfigMap", envFrom[0]!.configMapRef.name).data!;
    const given = [...Object.keys(settings), ...env.map(({ name }) => name)];
    expect(given.filter((name) => !known.includes(name))).toEqual([]);
    const { items = [] } = volumes.find(({ name }) => name === "secrets")!.secret!;
    const there = items.map(({ path }) => `/run/secrets/layerstream/${path}`);
    for (const { name, value } of env) if (name.endsWith("_FILE")) expect(there).toContain(value);
    const secrets = pods
      .flatMap(([, { spec }]) => spec.volumes.flatMap((volume) => [volume, ...(volume.projected?.sources ?? [])]))
      .flatMap(({ secret }) => secret?.items ?? []);
    expect(secrets.length).toBeGreaterThan(4);
    expect(secrets.filter(({ key }) => !SECRETS.includes(key))).toEqual([]);
  });

  it("runs the pipeline of this repository", () => {
    const { volumes, containers } = processor();
    const { configMap } = volumes.find(({ name }) => name === "pipelines")!;
    const file = readFileSync("config/pipelines/quality.yaml", "utf8");
    expect(of("ConfigMap", configMap!.name).data!["quality.yaml"]).toBe(file);
    expect(containers[0]!.args).toEqual(["run", "/etc/layerstream/pipelines/quality.yaml"]);
  });

  it("says how many processors there are in one place", () => {
    const scaled = manifests.some(({ kind }) => kind === "ScaledObject");
    expect(scaled).toBe(overlay === "scaled");
    expect("replicas" in of("StatefulSet", "processor").spec).toBe(!scaled);
  });

  it("lets a node be drained, one pod at a time", () => {
    for (const { spec } of manifests.filter(({ kind }) => kind === "PodDisruptionBudget"))
      expect(spec).toMatchObject({ maxUnavailable: 1 });
  });
});

(canRender ? it : it.skip)("a kustomization with a field that there is not is refused", () => {
  const folder = mkdtempSync(join(tmpdir(), "kustomize-"));
  try {
    cpSync("k8s", join(folder, "k8s"), { recursive: true });
    mkdirSync(join(folder, "config"));
    writeFileSync(join(folder, "config", "kustomization.yaml"), "configMapGenerators: []\n");
    expect(() => render(join(folder, "k8s", "overlays", "single"))).toThrow(/configMapGenerators/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

it("processors are added by a metric that there is", async () => {
  const { spec } = parse(readFileSync("k8s/overlays/scaled/autoscale.yaml", "utf8")) as Manifest;
  const { query } = spec.triggers.find(({ name }) => name === "lag")!.metadata;
  const [, metric, pipeline, node] = /(layerstream_\w+)\{pipeline="(\w+)",node="(\w+)"\}/.exec(query!)!;
  const file = parse(readFileSync(`config/pipelines/${pipeline!}.yaml`, "utf8")) as Record<
    string,
    Record<string, unknown>
  >;
  expect(file["operators"]).toHaveProperty(node!);
  const counts = {
    in: 0,
    out: 0,
    dead: 0,
    dropped: 0,
    inFlight: 0,
    onDisk: 0,
    diskBytes: 0,
    retries: 0,
    busySeconds: 0,
  };
  const where = { pipeline: pipeline!, node: node!, role: "operator", type: "", sides: {}, connected: true } as const;
  const metrics = new Metrics(() => [
    { ...where, ...counts, watermark: { time: 1_700_000_000_000, heldBy: "printer_1" } },
  ]);
  expect(await metrics.text()).toContain(
    `\n${metric!}{pipeline="${pipeline!}",node="${node!}",role="operator"} 1700000000`,
  );
});
