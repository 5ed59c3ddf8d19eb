import { engine } from "./engine.js";
import { detect } from "./detect/index.js";
import { embedded } from "./embedded.js";
import { drain } from "./farm/drain.js";
import { latency } from "./farm/latency.js";
import { replay } from "./replay.js";

const BENCHES: Readonly<Record<string, () => Promise<void>>> = { engine, drain, latency, detect, replay, embedded };

const [name = "engine"] = process.argv.slice(2);
const bench = BENCHES[name];
if (!bench) throw new Error(`no bench is called "${name}": ${Object.keys(BENCHES).join(", ")}`);
await bench();
