import { readFileSync, writeFileSync } from "node:fs";
import { grafanaFiles } from "../grafana/source/files.js";
import { components } from "../src/components.js";
import { describeSettings, envExample } from "../src/settings.js";
import { Registry } from "../src/streams/component/registry.js";
import { compile } from "../src/streams/topology/compile.js";
import { componentDocs } from "../src/streams/topology/docs.js";
import { drawGraph } from "../src/streams/topology/draw.js";
import { pipelineSchema } from "../src/streams/topology/schema.js";
import { replacePart } from "./page-part.js";
import { stackExample } from "./stack-variables.js";

/** Writes every file, and part of a file, that is made of the code; with --check it says which would change and fails. */
const registry = new Registry(components);
const made = new Map<string, string>([
  ["docs/components.md", componentDocs(registry)],
  ["config/pipeline.schema.json", `${JSON.stringify(pipelineSchema(registry), null, 2)}\n`],
  [".env.example", `${envExample()}\n${stackExample()}`],
  ["README.md", readme()],
  ...grafanaFiles(),
]);

const check = process.argv.includes("--check");
for (const [path, text] of made) {
  if (read(path) === text) continue;
  if (check) {
    console.error(`${path} is not what the code says: run npm run docs`);
    process.exitCode = 1;
  } else {
    writeFileSync(path, text);
    console.log(`wrote ${path}`);
  }
}

function readme(): string {
  const settings = [
    "| variable | default | |",
    "|---|---|---|",
    ...describeSettings().map(
      ({ name, default: fallback, doc, secret }) =>
        `| \`${name}\` | ${fallback === "" ? "" : `\`${fallback}\``} | ${doc}${secret ? ` Or \`${name}_FILE\`.` : ""} |`,
    ),
  ].join("\n");
  const graph = `\`\`\`mermaid\n${drawing("config/pipelines/quality.yaml")}\n\`\`\``;
  return replacePart(replacePart(read("README.md"), "settings", settings), "graph", graph);
}

function drawing(path: string): string {
  const compiled = compile({ path, text: read(path) }, registry, { INFLUXDB_URL: "http://127.0.0.1:8086" });
  if ("problems" in compiled) throw new Error(`${path} does not compile: run npm start -- validate`);
  return drawGraph(compiled.topology, "mermaid").trimEnd();
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
