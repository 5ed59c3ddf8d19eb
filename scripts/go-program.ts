import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/** Where programs are kept that we build because there is no package of them; test/installed.ts looks for them there. */
const CACHE = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "layerstream");

export interface GoProgram {
  readonly name: string;
  readonly version: string;
  readonly module: string;
  /** The package in the module that holds `main`. */
  readonly main: string;
  readonly tags: readonly string[];
  readonly linker: string;
  /** Further lines of go.mod. */
  readonly more?: string;
  /** What must be on the PATH. */
  readonly needs: readonly string[];
  /** What must be there before the build, in a folder of its own; gives the environment that it needs. */
  readonly prepare?: (folder: string) => Readonly<Record<string, string>>;
}

/**
 * Builds a server from its Go module, checked by Go's own sums. Where the same was built already nothing is done; where a
 * compiler is missing it says so and does nothing either.
 */
export function buildProgram(program: GoProgram): void {
  const { name, version, tags, needs } = program;
  const path = join(CACHE, "bin", name);
  const folder = join(CACHE, name);
  const stamp = join(folder, "built");
  const wanted = `${version} ${tags.join(",")}`;
  const missing = needs.filter((compiler) => !has(compiler));
  if (existsSync(path) && existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) {
    console.error(`${path} is there`);
  } else if (missing.length > 0) {
    console.error(`${name} is not built: install ${missing.join(" and ")}, or ${name} itself; its tests are left out`);
  } else {
    console.error(`building ${name} ${version}`);
    build(program, folder, path);
    writeFileSync(stamp, wanted);
  }
}

function build(
  { module, version, main, tags, linker, more = "", prepare }: GoProgram,
  folder: string,
  path: string,
): void {
  mkdirSync(folder, { recursive: true });
  const lines = [`module layerstream/build`, "go 1.26", `require ${module} v${version}`, more];
  writeFileSync(join(folder, "go.mod"), `${lines.join("\n\n")}\n`);
  const env = { ...process.env, ...prepare?.(folder) };
  const flags = ["-mod=mod", "-trimpath", "-tags", tags.join(","), "-ldflags", `-s -w ${linker}`, "-o", path];
  execFileSync("go", ["build", ...flags, `${module}/${main}`], { cwd: folder, env, stdio: "inherit" });
}

function has(command: string): boolean {
  try {
    execFileSync(command, [command === "go" ? "version" : "--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
