import { engine } from "./engine.js";
import { detect } from "./detect/index.js";
import { embedded } from "./embedded.js";
import { journal } from "./journal.js";
import { backlog } from "./farm/backlog.js";
import { drain } from "./farm/drain.js";
import { keeping } from "./farm/keeping.js";
import { memory } from "./farm/memory.js";
import { rewind } from "./farm/rewind.js";
import { shared } from "./farm/shared.js";
import { soak } from "./farm/soak.js";
import { state } from "./state.js";
import { keepingLatency, latency } from "./farm/latency.js";
import { plot } from "./plot.js";
import { replay } from "./replay.js";
import { workers } from "./farm/workers.js";
import { restart } from "./farm/restart.js";

const BENCHES: Readonly<Record<string, (options: readonly string[]) => Promise<void>>> = {
  engine,
  backlog,
  drain,
  latency,
  "keeping-latency": keepingLatency,
  detect,
  replay,
  restart,
  rewind,
  embedded,
  journal,
  keeping,
  memory,
  shared,
  soak,
  state,
  workers,
  plot,
};

const [name = "engine", ...options] = process.argv.slice(2);
const bench = BENCHES[name];
if (!bench) throw new Error(`no bench is called "${name}": ${Object.keys(BENCHES).join(", ")}`);
await bench(options);
