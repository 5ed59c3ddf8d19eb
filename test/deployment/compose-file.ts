import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { Ajv } from "ajv";
import { parse } from "yaml";

/** What the tests look at of a service; the schema knows the rest. */
export interface Service {
  readonly image?: string;
  readonly extends?: { readonly file: string; readonly service: string };
  readonly user?: string;
  readonly read_only?: boolean;
  readonly privileged?: boolean;
  readonly cap_add?: readonly string[];
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly entrypoint?: readonly string[];
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly profiles?: readonly string[];
  readonly ports?: readonly string[];
  readonly volumes?: readonly (string | Mount)[];
  readonly secrets?: readonly (string | { readonly source: string })[];
  readonly networks?: readonly string[] | Readonly<Record<string, { readonly aliases: readonly string[] }>>;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly deploy?: { readonly resources?: { readonly limits?: Readonly<Record<string, unknown>> } };
}

export interface Mount {
  readonly type?: string;
  readonly source: string;
  readonly target: string;
  readonly read_only?: boolean;
}

export interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly networks?: Readonly<Record<string, unknown>>;
  readonly volumes?: Readonly<Record<string, unknown>>;
  readonly secrets?: Readonly<Record<string, { readonly file: string }>>;
}

export const readCompose = (path: string): Compose => parseCompose(readFileSync(path, "utf8"));
export const parseCompose = (text: string): Compose => parse(text, { merge: true }) as Compose;

const packageFolder = dirname(createRequire(import.meta.url).resolve("dclint/package.json"));
const schema = JSON.parse(readFileSync(join(packageFolder, "schemas", "compose.schema.json"), "utf8")) as {
  $schema?: string;
};
// The draft that it names is one that Ajv would look for elsewhere.
delete schema.$schema;
const ajv = new Ajv({ strict: false, allErrors: true });
for (const name of ["ports", "duration", "expose", "subnet_ip_address"]) ajv.addFormat(name, true);
const fits = ajv.compile(schema);

/** Where the file is not what the published schema of Compose files says. */
export function schemaProblems(file: Compose): string[] {
  return fits(file) ? [] : (fits.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message ?? ""}`);
}

/** Names that are used and defined nowhere, which no schema can see; and what is defined and used by nobody. */
export function referenceProblems({ services, networks = {}, volumes = {}, secrets = {} }: Compose): string[] {
  const problems: string[] = [];
  const used = new Map<object, Set<string>>([networks, volumes, secrets].map((of) => [of, new Set<string>()]));
  for (const [name, service] of Object.entries(services)) {
    const look = (what: string, wanted: readonly string[], among: object): void => {
      for (const each of wanted) {
        used.get(among)?.add(each);
        if (!(each in among)) problems.push(`${name}: there is no ${what} ${each}`);
      }
    };
    look("service", Object.keys(service.depends_on ?? {}), services);
    for (const [other, { condition }] of Object.entries(service.depends_on ?? {}))
      if (condition === "service_healthy" && !isWatched(services[other]))
        problems.push(`${name}: nothing says whether ${other} is healthy`);
    look("network", networksOf(service), networks);
    look("secret", secretsOf(service), secrets);
    const named = mountsOf(service).filter(({ type }) => type === "volume");
    look(
      "volume",
      named.map(({ source }) => source),
      volumes,
    );
  }
  for (const [among, names] of used)
    for (const each of Object.keys(among)) if (!names.has(each)) problems.push(`nobody uses ${each}`);
  return problems;
}

/** Our own image brings its check along. */
function isWatched(service: Service | undefined): boolean {
  return service?.healthcheck !== undefined || service?.image?.startsWith("layerstream:") === true;
}

export function networksOf({ networks = [] }: Service): readonly string[] {
  return Array.isArray(networks) ? (networks as readonly string[]) : Object.keys(networks);
}

export function secretsOf({ secrets = [] }: Service): string[] {
  return secrets.map((each) => (typeof each === "string" ? each : each.source));
}

/** Mounts in their long form. */
export function mountsOf({ volumes = [] }: Service): Required<Mount>[] {
  return volumes.map((each) => {
    if (typeof each !== "string") return { type: "volume", read_only: false, ...each };
    const [source, target, mode] = each.split(":") as [string, string, string?];
    return { type: /^[./~]/.test(source) ? "bind" : "volume", source, target, read_only: mode === "ro" };
  });
}
