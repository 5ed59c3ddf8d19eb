import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import ts from "typescript";
import { parseAllDocuments } from "yaml";
import { installed } from "../installed.js";

interface Named {
  readonly name: string;
}

type Labels = Readonly<Record<string, string>>;

/** A ConfigMap or a Secret, and which of its keys. */
interface Keys {
  readonly name: string;
  readonly secretName?: string;
  readonly items?: readonly { readonly key: string; readonly path: string }[];
}

interface Volume extends Named {
  readonly configMap?: Keys;
  readonly secret?: Keys;
  readonly projected?: { readonly sources: readonly Omit<Volume, "name">[] };
}

interface Container extends Named {
  readonly args: readonly string[];
  readonly env?: readonly (Named & {
    readonly value?: string;
    readonly valueFrom?: { readonly configMapKeyRef?: { readonly name: string; readonly key: string } };
  })[];
  readonly envFrom?: readonly { readonly configMapRef: Named }[];
  readonly volumeMounts: readonly Named[];
  readonly ports?: readonly Named[];
  readonly livenessProbe?: Probe;
  readonly readinessProbe?: Probe;
  readonly startupProbe?: Probe;
}

interface Probe {
  readonly httpGet?: { readonly port: string };
  readonly tcpSocket?: { readonly port: string };
}

export interface Pod {
  readonly metadata: { readonly labels: Labels };
  readonly spec: { readonly containers: readonly Container[]; readonly volumes: readonly Volume[] };
}

interface Peer {
  readonly podSelector?: { readonly matchLabels: Labels };
}

interface Rule {
  readonly from?: readonly Peer[];
  readonly to?: readonly Peer[];
}

/** Any object of a cluster, as far as these tests look; the models know what else may stand in it. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly data?: Readonly<Record<string, string>>;
  readonly spec: {
    readonly template: Pod;
    readonly serviceName: string;
    readonly volumeClaimTemplates?: readonly Manifest[];
    readonly selector: Labels & { readonly matchLabels: Labels };
    readonly podSelector: { readonly matchLabels?: Labels };
    readonly ingress?: readonly Rule[];
    readonly egress?: readonly Rule[];
    readonly ports?: readonly { readonly targetPort: string }[];
    readonly podMetricsEndpoints?: readonly { readonly port: string }[];
    readonly scaleTargetRef: { readonly kind: string; readonly name: string };
    readonly triggers: readonly (Named & { readonly metadata: Labels })[];
  };
}

const kubectl = installed("kubectl");
const kustomize = kubectl === undefined ? installed("kustomize") : undefined;
/** Whether there is a program that puts kustomizations together. */
export const canRender = kubectl !== undefined || kustomize !== undefined;

/** What `kubectl apply -k` would send. Throws with what kustomize says of a folder that it does not understand. */
export function render(folder: string): Manifest[] {
  const [program, first] = kubectl === undefined ? [kustomize!, "build"] : [kubectl, "kustomize"];
  const { status, stdout, stderr } = spawnSync(program, [first, folder], { encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
  return parseAllDocuments(stdout).map((document) => document.toJS() as Manifest);
}

const require = createRequire(import.meta.url);

/** Who knows the kinds of a group that a cluster does not have by itself. */
const EXTENSIONS: Readonly<Record<string, string>> = {
  "keda.sh": "@kubernetes-models/keda",
  "monitoring.coreos.com": "@kubernetes-models/prometheus-operator",
};

/** The package that knows a kind. */
function modelsOf({ apiVersion }: Manifest): string {
  return `${EXTENSIONS[apiVersion.split("/")[0]!] ?? "kubernetes-models"}/${apiVersion}`;
}

/** What is missing or has a value that cannot be, by the models that are made of the published schemas. */
export function valueProblems(manifests: readonly Manifest[]): string[] {
  return manifests.flatMap((manifest) => {
    const models = require(modelsOf(manifest)) as Record<string, new (data: object) => { validate(): void }>;
    const Model = models[manifest.kind];
    if (!Model) return [`${manifest.kind}: ${manifest.apiVersion} has no such kind`];
    try {
      new Model(manifest).validate();
      return [];
    } catch (cause) {
      return [`${manifest.kind} ${manifest.metadata.name}: ${(cause as Error).message}`];
    }
  });
}

/** Keys that no schema knows: the models let them pass, so the compiler holds each object to its type. */
export function keyProblems(manifests: readonly Manifest[]): string[] {
  const lines = manifests.map(
    (manifest, i) =>
      `import type { I${manifest.kind} as I${i} } from "${modelsOf(manifest)}"; export const x${i}: I${i} = ${JSON.stringify(manifest)};`,
  );
  const path = join(import.meta.dirname, "rendered-manifests.ts");
  const options: ts.CompilerOptions = {
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    target: ts.ScriptTarget.ES2022,
    strict: true,
    skipLibCheck: true,
    noEmit: true,
    types: [],
  };
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists } = host;
  host.fileExists = (name) => name === path || fileExists(name);
  host.getSourceFile = (name, ...rest) =>
    name === path ? ts.createSourceFile(name, lines.join("\n"), ts.ScriptTarget.ES2022) : getSourceFile(name, ...rest);
  const program = ts.createProgram([path], options, host);
  return ts.getPreEmitDiagnostics(program).map(({ messageText, file, start }) => {
    const line = file && start !== undefined ? file.getLineAndCharacterOfPosition(start).line : 0;
    const { kind, metadata } = manifests[line]!;
    return `${kind} ${metadata.name}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`;
  });
}

export const podsOf = (manifests: readonly Manifest[]): [name: string, pod: Pod][] =>
  manifests
    .filter(({ kind }) => ["StatefulSet", "Deployment", "Job", "DaemonSet"].includes(kind))
    .map(({ metadata, spec }) => [metadata.name, spec.template]);

const fits = (selector: Labels, labels: Labels): boolean =>
  Object.entries(selector).every(([key, value]) => labels[key] === value);

/** What objects name of each other, and what is not there. */
export function referenceProblems(manifests: readonly Manifest[]): string[] {
  const problems: string[] = [];
  const named = (kind: string) => manifests.filter((manifest) => manifest.kind === kind);
  const look = (who: string, kind: string, name: string): void => {
    if (!named(kind).some(({ metadata }) => metadata.name === name))
      problems.push(`${who}: there is no ${kind} ${name}`);
  };
  const labels = podsOf(manifests).map(([, pod]) => pod.metadata.labels);
  const chosen = (who: string, selector: Labels = {}): void => {
    if (!labels.some((each) => fits(selector, each)))
      problems.push(`${who}: no pod has the labels ${JSON.stringify(selector)}`);
  };
  for (const [name, { spec }] of podsOf(manifests)) {
    const statefulSet = named("StatefulSet").find(({ metadata }) => metadata.name === name);
    if (statefulSet) look(name, "Service", statefulSet.spec.serviceName);
    const claims = (statefulSet?.spec.volumeClaimTemplates ?? []).map((claim) => claim.metadata.name);
    const volumes = [...claims, ...spec.volumes.map((volume) => volume.name)];
    for (const volume of spec.volumes) {
      const sources = [volume, ...(volume.projected?.sources ?? [])];
      for (const { configMap } of sources) if (configMap) keysOf(name, configMap);
    }
    for (const container of spec.containers) {
      for (const { name: mount } of container.volumeMounts)
        if (!volumes.includes(mount)) problems.push(`${name}: there is no volume ${mount}`);
      for (const { configMapRef } of container.envFrom ?? []) look(name, "ConfigMap", configMapRef.name);
      for (const { valueFrom } of container.env ?? [])
        if (valueFrom?.configMapKeyRef)
          keysOf(name, { ...valueFrom.configMapKeyRef, items: [valueFrom.configMapKeyRef] });
      const { env = [], livenessProbe, readinessProbe, startupProbe } = container;
      // $(NAME) is put in where NAME stands before it, and else left as it is.
      env.forEach(({ name: variable, value = "" }, i) => {
        for (const [, used] of value.matchAll(/\$\((\w+)\)/g))
          if (!env.slice(0, i).some((earlier) => earlier.name === used))
            problems.push(`${name}: ${variable} takes $(${used!}), which does not stand before it`);
      });
      for (const probe of [livenessProbe, readinessProbe, startupProbe])
        reached(name, probe?.httpGet?.port ?? probe?.tcpSocket?.port, container.ports);
    }
  }
  for (const { metadata, spec } of named("Service")) {
    chosen(`Service ${metadata.name}`, spec.selector);
    for (const { targetPort } of spec.ports ?? [])
      reached(`Service ${metadata.name}`, targetPort, portsOf(spec.selector));
  }
  for (const { metadata, spec } of named("PodMonitor"))
    for (const { port } of spec.podMetricsEndpoints ?? [])
      reached(`PodMonitor ${metadata.name}`, port, portsOf(spec.selector.matchLabels));
  for (const kind of ["PodDisruptionBudget", "PodMonitor"])
    for (const { metadata, spec } of named(kind)) chosen(`${kind} ${metadata.name}`, spec.selector.matchLabels);
  for (const { metadata, spec } of named("NetworkPolicy")) {
    chosen(`NetworkPolicy ${metadata.name}`, spec.podSelector.matchLabels);
    const peers = [...(spec.ingress ?? []), ...(spec.egress ?? [])].flatMap((rule) => [
      ...(rule.from ?? []),
      ...(rule.to ?? []),
    ]);
    for (const { podSelector } of peers)
      if (podSelector) chosen(`NetworkPolicy ${metadata.name}`, podSelector.matchLabels);
  }
  for (const { spec } of named("ScaledObject"))
    look("ScaledObject", spec.scaleTargetRef.kind, spec.scaleTargetRef.name);
  return problems;

  function portsOf(selector: Labels): readonly Named[] {
    const its = podsOf(manifests).filter(([, { metadata }]) => fits(selector, metadata.labels));
    return its.flatMap(([, { spec }]) => spec.containers.flatMap(({ ports = [] }) => ports));
  }

  function reached(who: string, port: string | undefined, ports: readonly Named[] = []): void {
    if (port !== undefined && !ports.some(({ name }) => name === port))
      problems.push(`${who}: there is no port ${port}`);
  }

  function keysOf(
    who: string,
    { name, items = [] }: { name: string; items?: readonly { readonly key: string }[] },
  ): void {
    look(who, "ConfigMap", name);
    const data = named("ConfigMap").find(({ metadata }) => metadata.name === name)?.data ?? {};
    for (const { key } of items) if (!(key in data)) problems.push(`${who}: ConfigMap ${name} has no key ${key}`);
  }
}
