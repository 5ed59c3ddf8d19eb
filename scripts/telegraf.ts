import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/*
 * Builds a Telegraf from its Go module with the plugins that config/telegraf.conf names and no others, for tests and for machines
 * that have no package of it. `npm run telegraf`; without Go it says so and does nothing. Where it was built already, nothing is done.
 */

const VERSION = "1.39.0";
const MODULE = "github.com/influxdata/telegraf";
const folder = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "layerstream");
const program = join(folder, "bin", "telegraf");

/** Build tags of the plugins that a configuration names; parsers hide behind data_format. */
function tagsOf(configuration: string): string[] {
  const plugins = [...configuration.matchAll(/^\[\[((?:inputs|outputs|processors|secretstores)\.\w+)\]\]/gm)];
  const formats = [...configuration.matchAll(/^ *data_format = "(\w+)"/gm)];
  return [
    "custom",
    ...new Set([...plugins.map(([, name]) => name!), ...formats.map(([, name]) => `parsers.${name!}`)]),
  ];
}

const tags = tagsOf(readFileSync("config/telegraf.conf", "utf8"));
/** What the one that is there was built of. */
const stamp = join(folder, "telegraf", "built");
const wanted = `${VERSION} ${tags.join(",")}`;

function build(): void {
  const source = join(folder, "telegraf");
  mkdirSync(source, { recursive: true });
  writeFileSync(join(source, "go.mod"), `module layerstream/telegraf\n\ngo 1.26\n\nrequire ${MODULE} v${VERSION}\n`);
  console.error(`building telegraf ${VERSION} with ${tags.slice(1).join(", ")}`);
  execFileSync(
    "go",
    [
      ...["build", "-mod=mod", "-trimpath", "-tags", tags.join(",")],
      ...["-ldflags", `-s -w -X ${MODULE}/internal.Version=${VERSION}`, "-o", program, `${MODULE}/cmd/telegraf`],
    ],
    { cwd: source, stdio: "inherit" },
  );
  writeFileSync(stamp, wanted);
}

function hasGo(): boolean {
  try {
    execFileSync("go", ["version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

if (existsSync(program) && existsSync(stamp) && readFileSync(stamp, "utf8") === wanted)
  console.error(`${program} is there`);
else if (hasGo()) build();
else console.error("no Go on this machine: install Go 1.26, or telegraf itself; what needs it is left out until then");
