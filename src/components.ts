import { operators } from "./operators/index.js";
import { sinks } from "./sinks/index.js";
import { sources } from "./sources/index.js";

/** Every component of the program. Adding one touches its own folder and one line of its room's list. */
export const components = [...sources, ...operators, ...sinks];
