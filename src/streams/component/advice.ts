export type { Advice, NodeView } from "./definition.js";
