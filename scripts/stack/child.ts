import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** What is said to whoever watches, a line each. */
export type Say = (from: string, line: string) => void;

export interface ChildOptions {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly say: Say;
  /** Resolves to true once it can be used; is asked again and again, with what it has said so far. */
  readonly ready: (said: string) => Promise<boolean>;
}

const LOOK_EVERY = 100;
/** What is not there by then, ms, does not come. */
const READY_WITHIN = 60_000;
/** What has not ended so long, ms, after it was asked to is killed. */
const END_WITHIN = 15_000;
const LAST_LINES = 5;

/** One server or program of the stack, in a process group of its own: Ctrl-C reaches us, and we end each in its turn. */
export class Child {
  readonly name: string;
  readonly #options: ChildOptions;
  readonly #process: ChildProcess;
  readonly #gone: Promise<void>;
  readonly #last: string[] = [];
  /** All of it, until it is ready. */
  #said: string | undefined = "";
  #over: string | undefined;
  #asked = false;

  constructor(options: ChildOptions) {
    const { command, args, cwd, env } = options;
    this.name = options.name;
    this.#options = options;
    this.#process = spawn(command, [...args], { cwd, env, stdio: ["ignore", "pipe", "pipe"], detached: true });
    for (const stream of [this.#process.stdout!, this.#process.stderr!])
      createInterface({ input: stream }).on("line", (line) => this.#hear(line));
    this.#gone = new Promise((resolve) => {
      const over = (how: string): void => {
        this.#over ??= how;
        if (!this.#asked) options.say("stack", `${this.name.toUpperCase()} HAS ENDED: ${how}`);
        resolve();
      };
      this.#process.once("error", (cause) => over(cause.message));
      this.#process.once("exit", (code, signal) => over(signal === null ? `exit code ${code}` : signal));
    });
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** True once it has ended and nobody had asked it to. */
  get died(): boolean {
    return this.#over !== undefined && !this.#asked;
  }

  /** Resolves with what it has said when it can be used. Throws with its last words where it ends before, or never comes. */
  async ready(): Promise<string> {
    for (let waited = 0; !(await this.#options.ready(this.#said ?? "")); waited += LOOK_EVERY) {
      const why = this.#over ?? (waited > READY_WITHIN ? `not ready in ${READY_WITHIN / 1000} s` : undefined);
      if (why !== undefined) throw new Error([`${this.name} did not start: ${why}`, ...this.#last].join("\n  "));
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY));
    }
    const said = this.#said;
    this.#said = undefined;
    return said ?? "";
  }

  /** Asks it to end, and kills it where it does not. */
  async end(): Promise<void> {
    if (this.#over !== undefined) return;
    this.#asked = true;
    this.#process.kill("SIGTERM");
    const kill = setTimeout(() => this.kill(), END_WITHIN);
    await this.#gone;
    clearTimeout(kill);
  }

  kill(): void {
    if (this.#over !== undefined) return;
    this.#asked = true;
    this.#process.kill("SIGKILL");
  }

  #hear(line: string): void {
    if (this.#said !== undefined) this.#said += `${line}\n`;
    this.#last.push(line);
    if (this.#last.length > LAST_LINES) this.#last.shift();
    this.#options.say(this.name, line);
  }
}
