import type { ChildProcess } from "node:child_process";
import { once } from "node:events";

/** The process of a real server that a test starts, ends and starts again. */
export class ServerProcess {
  #running: ChildProcess | undefined;

  /** Is this one from now on. */
  is(started: ChildProcess): void {
    this.#running = started;
  }

  /** Resolves when it is gone; at once where it is not there. */
  async kill(signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    const running = this.#running;
    if (!running) return;
    this.#running = undefined;
    const gone = once(running, "exit");
    running.kill(signal);
    await gone;
  }

  /** Asks it something by a signal that does not end it. */
  signal(signal: NodeJS.Signals): void {
    this.#running?.kill(signal);
  }

  /** SIGSTOP: it holds its connections and says nothing, as on a machine that hangs. */
  freeze(): void {
    this.#running?.kill("SIGSTOP");
  }

  thaw(): void {
    this.#running?.kill("SIGCONT");
  }
}
