import { describe, expect, it } from "@jest/globals";
import { readdirSync, readFileSync } from "node:fs";
import { INFLUXDB } from "../../grafana/source/flux.js";
import { mountsOf, readCompose, secretsOf } from "./compose-file.js";
import { alertRules, dashboards, provisioned } from "./grafana-files.js";

interface Policy {
  readonly receiver: string;
  readonly routes?: readonly Policy[];
}

const FOLDERS = ["datasources", "dashboards", "alerting"];
const texts = FOLDERS.flatMap((folder) =>
  readdirSync(`grafana/provisioning/${folder}`).map(
    (name) => [`${folder}/${name}`, readFileSync(`grafana/provisioning/${folder}/${name}`, "utf8")] as const,
  ),
);
const { grafana } = readCompose("docker/compose.yaml").services;
const rules = alertRules();

describe("what Grafana is provisioned with", () => {
  it.each(texts)("%s is of the version that Grafana reads", (path) => {
    expect(provisioned(path)).toHaveProperty("apiVersion", 1);
  });

  it("has the data source that dashboards and rules name, asked in Flux", () => {
    expect(provisioned("datasources/influxdb.yaml")).toMatchObject({
      datasources: [
        {
          ...INFLUXDB,
          access: "proxy",
          jsonData: { version: "Flux", organization: "$INFLUXDB_ORG", defaultBucket: "$INFLUXDB_BUCKET" },
          secureJsonData: { token: "$__file{/run/secrets/influxdb_token}" },
        },
      ],
    });
  });

  it("is given every variable and secret that it names, and finds the dashboards where they are mounted", () => {
    const given = Object.keys(grafana!.environment!);
    for (const [path, text] of texts) {
      for (const [, name] of text.matchAll(/\$(?!__)\{?(\w+)/g))
        expect([path, given]).toEqual([path, expect.arrayContaining([name])]);
      for (const [, secret] of text.matchAll(/\/run\/secrets\/(\w+)/g)) expect(secretsOf(grafana!)).toContain(secret);
    }
    const { providers } = provisioned("dashboards/layerstream.yaml") as {
      readonly providers: readonly { readonly options: { readonly path: string } }[];
    };
    const mounts = mountsOf(grafana!).map(({ source, target }) => [target, source]);
    expect(Object.fromEntries(mounts)).toMatchObject({
      [providers[0]!.options.path]: "../grafana/dashboards",
      "/etc/grafana/provisioning": "../grafana/provisioning",
    });
  });

  it("sends every alert to a contact point that is there", () => {
    const { contactPoints } = provisioned("alerting/contact-points.yaml") as {
      readonly contactPoints: readonly { readonly name: string }[];
    };
    const { policies } = provisioned("alerting/policies.yaml") as { readonly policies: readonly Policy[] };
    const receivers = (policy: Policy): string[] => [policy.receiver, ...(policy.routes ?? []).flatMap(receivers)];
    expect(new Set(policies.flatMap(receivers))).toEqual(new Set(contactPoints.map(({ name }) => name)));
  });
});

describe("the alert rules", () => {
  it("have names of their own, within what Grafana takes", () => {
    expect(new Set(rules.map(({ uid }) => uid)).size).toBe(rules.length);
    expect(new Set(rules.map(({ title }) => title)).size).toBe(rules.length);
    for (const { uid } of rules) expect(uid).toMatch(/^[a-zA-Z0-9_-]{1,40}$/);
  });

  // Grafana takes `$` for a variable of its environment, but not in each version in the same places.
  it("have no sign in them that Grafana would fill in", () => {
    expect(texts.find(([path]) => path === "alerting/rules.yaml")![1]).not.toContain("$");
  });

  it.each(rules.map((rule) => [rule.title, rule] as const))(
    "%s: asks, reduces and judges, and says what it means",
    (_, { data, condition, annotations, labels, for: lasting }) => {
      expect(data.map(({ refId }) => refId)).toEqual(["A", "B", "C"]);
      expect(condition).toBe("C");
      expect(data[0]!.datasourceUid).toBe(INFLUXDB.uid);
      expect(data.slice(1).map(({ datasourceUid, model }) => [datasourceUid, model.expression])).toEqual([
        ["__expr__", "A"],
        ["__expr__", "B"],
      ]);
      expect(lasting).toMatch(/^\d+[sm]$/);
      expect(labels["severity"]).toMatch(/^(critical|warning)$/);
      expect(annotations["description"]).toMatch(/\.$/);
      const [page] = annotations["dashboard"]!.split("?");
      expect([...dashboards.values()].map(({ uid }) => `/d/${uid}`)).toContain(page);
    },
  );

  it("are explained, each by its title", () => {
    const page = readFileSync("docs/operations/dashboards.md", "utf8");
    for (const { title } of rules) expect(page).toContain(`| ${title} |`);
    for (const { title } of dashboards.values()) expect(page).toContain(title.replace("Layerstream: ", ""));
  });
});
