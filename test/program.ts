import { type ChildProcess, spawn } from "node:child_process";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../dist/main.js", import.meta.url));
/** How often a condition is looked at, ms. */
const LOOK_EVERY = 20;
/** What has not come about by then never will, ms: far more than any pause between attempts. */
const GIVE_UP = 60_000;

export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly [field: string]: unknown;
}

/** How a process ended: with a code, or killed by a signal. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** The program in a process of its own, as `npx layerstream` starts it. It sees no settings but those that are given. */
export class Program {
  readonly ended: Promise<Exit>;
  readonly #process: ChildProcess;
  #stdout = "";
  #stderr = "";
  #exit: Exit | undefined;

  /** `cwd` is not the repository, whose .env is someone's own; `main` may be that of a copy, `as` another user. */
  constructor(
    settings: Readonly<Record<string, string>>,
    args: readonly string[] = [],
    cwd = tmpdir(),
    main = MAIN,
    as: { readonly uid?: number; readonly gid?: number } = {},
  ) {
    this.#process = spawn(process.execPath, [main, ...args], {
      cwd,
      ...as,
      env: { PATH: process.env.PATH, HTTP_PORT: "0", LOG_FORMAT: "json", ...settings },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#process.stdout!.setEncoding("utf8").on("data", (text: string) => (this.#stdout += text));
    this.#process.stderr!.setEncoding("utf8").on("data", (text: string) => (this.#stderr += text));
    this.ended = new Promise((resolve) =>
      this.#process.once("close", (code, signal) => resolve((this.#exit = { code, signal }))),
    );
  }

  get pid(): number {
    return this.#process.pid!;
  }

  get stdout(): string {
    return this.#stdout;
  }

  /** All that it has written anywhere. */
  get output(): string {
    return this.#stdout + this.#stderr;
  }

  /** The whole log so far; a line that is no JSON comes as a message without a level. */
  get log(): readonly LogLine[] {
    const lines = this.#stderr.split("\n").slice(0, -1);
    return lines.map((line) => (line.startsWith("{") ? (JSON.parse(line) as LogLine) : { level: "", message: line }));
  }

  logged(message: string): readonly LogLine[] {
    return this.log.filter((line) => line.message === message);
  }

  /** The first log line with this message, as soon as it is there. Throws where the program ends without it. */
  async line(message: string): Promise<LogLine> {
    await until(() => this.logged(message).length > 0 || this.#exit !== undefined);
    const [line] = this.logged(message);
    if (!line) throw new Error(`it ended without "${message}":\n${this.output}`);
    return line;
  }

  signal(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  /** Sends a signal, and kills what has not ended `within` ms. */
  async end(signal: NodeJS.Signals = "SIGINT", within = 10_000): Promise<Exit> {
    this.signal(signal);
    const kill = setTimeout(() => this.signal("SIGKILL"), within);
    const exit = await this.ended;
    clearTimeout(kill);
    return exit;
  }
}

/** Resolves when the condition holds. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const giveUp = Date.now() + GIVE_UP;
  while (!(await condition())) {
    if (Date.now() > giveUp) throw new Error(`it never came about that ${condition.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY));
  }
}
