import type { ResourceKey } from "../../streams/component/context.js";

/** `auto`: adjustments are published. `advise`: they are recorded and left to a human. */
export type Mode = "auto" | "advise";

/** Who may act. Asked before every adjustment, so that it can be changed while the pipeline runs. */
export interface ControlMode {
  readonly mode: Mode;
  /** Printers that have a mode of their own. */
  readonly printers?: ReadonlyMap<string, Mode>;
}

export const controlMode: ResourceKey<ControlMode> = {
  name: "control mode",
  mend: "set CONTROL_MODE to auto or advise, or write mode: in the feedback sink",
};
