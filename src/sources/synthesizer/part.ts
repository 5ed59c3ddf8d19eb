import type { Job } from "./job.js";
import { CONTROL_PERIOD } from "./heater.js";
import type { Random } from "./random.js";
import { coldRoughness, healthyRoughness, LAYER_TEXTURE, SURFACE_TIME } from "./roughness.js";

/** What the part is being printed with at this moment. */
export interface Conditions {
  /** Percent of the commanded speed and flow. */
  readonly speed: number;
  readonly flow: number;
  /** True temperature of the nozzle, °C. */
  readonly nozzle: number;
  /** What faults add to the roughness. */
  readonly faults: number;
}

/** The part on the bed: layers that grow, and a surface that slowly takes on what the print is like by now. */
export class Part {
  layer = 0;
  /** Roughness without the noise of its measurement. */
  surface = 0;
  /** Of the present layer, 0..1. */
  #progress = 0;
  #texture = 0;

  /** @param bias what this printer is rougher than others */
  constructor(
    readonly job: Job,
    readonly bias: number,
  ) {}

  get done(): boolean {
    return this.layer >= this.job.layers;
  }

  /** Puts it in the middle of the job. */
  begun(random: Random, conditions: Conditions): void {
    this.layer = random.whole(2, Math.floor(this.job.layers / 2));
    this.#progress = random.uniform();
    this.settle(conditions);
  }

  /** Makes the surface what it would be after a long time. */
  settle(conditions: Conditions): void {
    this.surface = this.#settled(conditions);
  }

  /** One control period of printing. */
  grow(conditions: Conditions, random: Random): void {
    this.#progress += (CONTROL_PERIOD * conditions.speed) / 100 / this.job.layerTime;
    if (this.#progress >= 1) {
      this.#progress -= 1;
      this.layer++;
      this.#texture = LAYER_TEXTURE * random.gaussian();
    }
    this.surface += (CONTROL_PERIOD / SURFACE_TIME) * (this.#settled(conditions) - this.surface);
  }

  #settled({ speed, flow, nozzle, faults }: Conditions): number {
    const { material, layerHeight } = this.job;
    const healthy = healthyRoughness(material, layerHeight, nozzle, (material.speed * speed) / 100, flow);
    return healthy + this.bias + this.#texture + coldRoughness(material, nozzle) + faults;
  }
}
