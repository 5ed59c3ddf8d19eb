import { readFileSync } from "node:fs";
import { buildProgram } from "./go-program.js";

/*
 * `npm run telegraf` builds a Telegraf with the plugins that config/telegraf.conf names and no others, for tests and for machines
 * that have no package of it.
 */

const VERSION = "1.39.0";
const MODULE = "github.com/influxdata/telegraf";

/** Build tags of the plugins that a configuration names; parsers hide behind data_format. */
function tagsOf(configuration: string): string[] {
  const plugins = [...configuration.matchAll(/^\[\[((?:inputs|outputs|processors|secretstores)\.\w+)\]\]/gm)];
  const formats = [...configuration.matchAll(/^ *data_format = "(\w+)"/gm)];
  return [
    "custom",
    ...new Set([...plugins.map(([, name]) => name!), ...formats.map(([, name]) => `parsers.${name!}`)]),
  ];
}

buildProgram({
  name: "telegraf",
  version: VERSION,
  module: MODULE,
  main: "cmd/telegraf",
  tags: tagsOf(readFileSync("config/telegraf.conf", "utf8")),
  linker: `-X ${MODULE}/internal.Version=${VERSION}`,
  needs: ["go"],
});
