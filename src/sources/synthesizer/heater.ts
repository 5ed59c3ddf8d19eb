/** Firmware reads its thermistors and sets its heaters this often, s (Klipper: REPORT_TIME of adc_temperature.py). */
export const CONTROL_PERIOD = 0.3;

/** Klipper takes the slope of the temperature over this span, s (heaters.py, `pid smooth_time`). */
const SMOOTHING = 1;

/** What is heated, and how the firmware heats it. */
export interface HeaterDesign {
  /** W at full duty */
  readonly power: number;
  /** Heat capacity, J/K */
  readonly capacity: number;
  /** Loss to the room, W/K: fan off, and what the fan adds at full speed. */
  readonly loss: number;
  readonly fanLoss: number;
  /** How fast the thermistor follows, 1/s. */
  readonly response: number;
  /** Deviation of one measurement, °C. */
  readonly noise: number;
  /** PID gains, duty per °C, per °C·s and per °C/s. */
  readonly kp: number;
  readonly ki: number;
  readonly kd: number;
}

/**
 * A 40 W hot end of the E3D V6 class. Thermal constants: the defaults of Marlin's model predictive control
 * (Configuration.h, MPC_*). Gains: medians of the 216 extruder sections in Klipper's config folder, which count duty in
 * 255ths. The noise is ours, from the steps of 0.04 to 0.16 °C in Marlin logs.
 */
export const NOZZLE: HeaterDesign = {
  power: 40,
  capacity: 16.7,
  loss: 0.068,
  fanLoss: 0.097 - 0.068,
  response: 0.22,
  noise: 0.1,
  kp: 22.2 / 255,
  ki: 1.08 / 255,
  kd: 114 / 255,
};

/**
 * A bed of 235 × 235 mm. Body and noise are our estimate: 25 to 60 °C in about 170 s, duty 0.29 at 60 °C. Gains: medians
 * of the 123 bed sections in Klipper's config folder.
 */
export const BED: HeaterDesign = {
  power: 170,
  capacity: 700,
  loss: 1.4,
  fanLoss: 0,
  response: 0.25,
  noise: 0.02,
  kp: 71 / 255,
  ki: 1.5 / 255,
  kd: 869 / 255,
};

/** What is wrong with a heater; all at rest in a healthy one. */
export interface HeaterFault {
  /** Part of the power that is left, 0..1. */
  power: number;
  /** 0 for tuned gains; above, the integral gain grows so many times and the derivative gain fades. */
  mistuned: number;
  /** The thermistor repeats its last value. */
  stuck: boolean;
}

/**
 * Body, thermistor and PID of one heater. The model is Marlin's:
 * `C·dT/dt = P·duty − (h + h_fan·fan + draw)·(T − room)`, `dS/dt = k·(T − S)`; the PID is Klipper's `ControlPID`.
 */
export class Heater {
  /** Temperature of the body and of the thermistor in it, °C. */
  body: number;
  sensor: number;
  /** The last measurement, with its noise. */
  measured: number;
  /** °C; 0 is off. */
  target = 0;
  /** 0..1 */
  duty = 0;
  /** What the integral adds to the duty: kept as duty, so that a change of gain does not make it jump. */
  #integral = 0;
  #slope = 0;

  constructor(
    readonly design: HeaterDesign,
    readonly room: number,
  ) {
    this.body = this.sensor = this.measured = room;
  }

  /** Puts it where it would be after a long time at this target. */
  settle(target: number, fan: number, draw: number): void {
    const { loss, fanLoss, power } = this.design;
    this.target = this.body = this.sensor = this.measured = target;
    this.duty = Math.min(1, ((loss + fanLoss * fan + draw) * (target - this.room)) / power);
    this.#integral = this.duty;
  }

  /**
   * One control period: measure, control, warm or cool.
   * @param fan part fan, 0..1
   * @param draw heat that is carried away by other means (filament, draught), W/K
   * @param noise a draw of mean 0 and deviation 1
   */
  step(fan: number, draw: number, noise: number, fault: HeaterFault): void {
    const { design } = this;
    const measured = fault.stuck ? this.measured : this.sensor + noise * design.noise;
    this.#control(measured, fault.mistuned);
    const lost = (design.loss + design.fanLoss * fan + draw) * (this.body - this.room);
    this.body += (CONTROL_PERIOD * (design.power * fault.power * this.duty - lost)) / design.capacity;
    this.sensor += CONTROL_PERIOD * design.response * (this.body - this.sensor);
  }

  /** ControlPID.temperature_update of Klipper: no windup, because the integral rests while the duty is at a limit. */
  #control(measured: number, mistuned: number): void {
    const { kp, ki, kd } = this.design;
    const change = measured - this.measured;
    this.measured = measured;
    this.#slope = (this.#slope * (SMOOTHING - CONTROL_PERIOD) + change) / SMOOTHING;
    if (this.target <= 0) {
      this.duty = this.#integral = 0;
      return;
    }
    const error = this.target - measured;
    const integral = Math.min(1, Math.max(0, this.#integral + ki * (1 + mistuned) * error * CONTROL_PERIOD));
    const wanted = kp * error + integral - (kd * this.#slope) / (1 + mistuned);
    this.duty = Math.min(1, Math.max(0, wanted));
    if (this.duty === wanted) this.#integral = integral;
  }
}
