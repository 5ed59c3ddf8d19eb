import { enableProdMode, getBackend, memory, ready, setBackend } from "@tensorflow/tfjs-core";
import type { Log } from "../streams/component/context.js";
import { ConfigError, messageOf } from "../streams/component/errors.js";

/** `auto`: the fastest that is there: node, else wasm, else cpu. */
export type WantedBackend = "auto" | "node" | "wasm" | "cpu";
export type Backend = Exclude<WantedBackend, "auto">;

/** A variable, so that the compiler does not ask for an optional package. */
const NODE_PACKAGE: string = "@tensorflow/tfjs-node";

/**
 * Makes one backend the one that this process computes on, and says which. Throws ConfigError where the wanted one is
 * not to be had; `auto` goes on to the next.
 */
export async function chooseBackend(wanted: WantedBackend, log: Log): Promise<Backend> {
  // Keeps the cpu backend from printing a banner, and leaves out checks of every value.
  enableProdMode();
  const candidates: readonly Backend[] = wanted === "auto" ? ["node", "wasm", "cpu"] : [wanted];
  for (const backend of candidates) {
    const failure = await start(backend);
    if (failure === undefined) {
      log.info("models run on", { backend });
      return backend;
    }
    if (wanted !== "auto") {
      throw new ConfigError(`TFJS_BACKEND=${wanted}: ${failure.reason}; ${failure.mend}`, { cause: failure.cause });
    }
    if (!failure.missing) log.warn("model backend does not start", { backend, reason: failure.reason });
  }
  throw new ConfigError("no TensorFlow.js backend starts; run npm ci again");
}

/** The backend that computes now. */
export function currentBackend(): string {
  return getBackend();
}

/** How many tensors are alive in this process: the same before and after a prediction, or something leaks. */
export function tensorsAlive(): number {
  return memory().numTensors;
}

interface Failure {
  readonly reason: string;
  readonly mend: string;
  readonly cause: unknown;
  /** The package is simply not installed. */
  readonly missing: boolean;
}

async function start(backend: Backend): Promise<Failure | undefined> {
  const mend =
    backend === "node"
      ? `install it with "npm install ${NODE_PACKAGE}", or set TFJS_BACKEND=auto`
      : `run "npm ci" again, or set TFJS_BACKEND=auto`;
  try {
    await load(backend);
    // The node package registers under the name of its library.
    if (!(await setBackend(backend === "node" ? "tensorflow" : backend))) {
      return { reason: `the backend "${backend}" does not start`, mend, cause: undefined, missing: false };
    }
    await ready();
    return undefined;
  } catch (cause) {
    const code = (cause as { code?: unknown }).code;
    const missing = code === "ERR_MODULE_NOT_FOUND" || code === "MODULE_NOT_FOUND";
    return { reason: messageOf(cause).split("\n")[0]!, mend, cause, missing };
  }
}

function load(backend: Backend): Promise<unknown> {
  if (backend === "node") return import(NODE_PACKAGE);
  return backend === "wasm" ? import("@tensorflow/tfjs-backend-wasm") : import("@tensorflow/tfjs-backend-cpu");
}
