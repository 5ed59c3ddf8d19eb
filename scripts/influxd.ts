import { execFileSync } from "node:child_process";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildProgram } from "./go-program.js";

/*
 * `npm run influxd` builds an InfluxDB 2 without its web page, for tests: ten minutes of two cores. Its language Flux is
 * written in Rust; a pkg-config of its own has cargo build that part.
 */

const VERSION = "2.8.0";
const PKG_CONFIG = "github.com/influxdata/pkg-config";

/** Flux forbids itself every warning, and newer compilers know more of them. */
const RUSTC = `#!/bin/sh
case " $* " in *" --cap-lints "*) exec "$@" ;; *) exec "$@" --cap-lints warn ;; esac
`;

function prepare(folder: string): Record<string, string> {
  const pkgConfig = join(folder, "pkg-config");
  execFileSync("go", ["build", "-mod=mod", "-o", pkgConfig, PKG_CONFIG], { cwd: folder, stdio: "inherit" });
  const rustc = join(folder, "rustc");
  writeFileSync(rustc, RUSTC);
  chmodSync(rustc, 0o755);
  // Flux pins an old compiler, which may not be there; the newest one does.
  return { PKG_CONFIG: pkgConfig, RUSTC_WRAPPER: rustc, RUSTUP_TOOLCHAIN: "stable" };
}

buildProgram({
  name: "influxd",
  version: VERSION,
  module: "github.com/influxdata/influxdb/v2",
  main: "cmd/influxd",
  tags: ["sqlite_foreign_keys", "sqlite_json", "noassets"],
  linker: `-X main.version=v${VERSION}`,
  // As its own go.mod has it, which does not count here.
  more: [
    `require ${PKG_CONFIG} v0.2.14`,
    "replace github.com/nats-io/nats-streaming-server v0.11.2 => github.com/influxdata/nats-streaming-server v0.11.3-0.20201112040610-c277f7560803",
  ].join("\n\n"),
  needs: ["go", "cargo", "cc", "pkg-config"],
  prepare,
});
