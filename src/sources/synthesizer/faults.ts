import type { HeaterFault } from "./heater.js";

/** How a fault shows. Fractions are of the healthy value, at severity 1 and fully grown. */
interface Signature {
  /** Usual growth and whole duration, s. */
  readonly grow: number;
  readonly last: number;
  /** Added roughness at full speed. */
  readonly roughness: number;
  /** The added roughness goes with (speed / 100 %) to this power; 0: slowing down does not help. */
  readonly relief: number;
  /** Added vibration. */
  readonly vibration: number;
  /** Knocks of the nozzle against the part, 1/s. */
  readonly knocks: number;
  /** Filament that no longer comes. */
  readonly blocked: number;
  /** Heater power that is lost. */
  readonly powerLost: number;
  /** See HeaterFault. */
  readonly mistuned: number;
  /** Heat that the bed loses beyond the usual. */
  readonly bedLoss: number;
  /** One blow at the beginning. */
  readonly blow: boolean;
  /** The filament switch opens, and the printer pauses once the fault has grown. */
  readonly dry: boolean;
  readonly stuck: boolean;
}

const HEALTHY: Signature = {
  grow: 0,
  last: 180,
  roughness: 0,
  relief: 0,
  vibration: 0,
  knocks: 0,
  blocked: 0,
  powerLost: 0,
  mistuned: 0,
  bedLoss: 0,
  blow: false,
  dry: false,
  stuck: false,
};

/**
 * Where a fault shows is from the literature, and docs/synthesizer.md names it line by line; growth, duration, sizes in
 * our unit of roughness and the relief by slowing down are ours.
 */
const SIGNATURES = {
  clog: { ...HEALTHY, grow: 45, last: 210, roughness: 75, relief: 2, vibration: 0.5, blocked: 0.85 },
  "worn-bearing": { ...HEALTHY, grow: 60, last: 240, roughness: 65, relief: 2, vibration: 1.2 },
  "adhesion-loss": {
    ...HEALTHY,
    grow: 50,
    last: 180,
    roughness: 80,
    relief: 2,
    vibration: 0.4,
    knocks: 0.5,
    bedLoss: 0.08,
  },
  "pid-oscillation": { ...HEALTHY, grow: 45, last: 210, roughness: 60, relief: 1.5, mistuned: 24 },
  "heater-failure": { ...HEALTHY, grow: 10, last: 120, powerLost: 0.7 },
  "layer-shift": { ...HEALTHY, last: 120, roughness: 70, blow: true },
  runout: { ...HEALTHY, grow: 20, last: 90, roughness: 120, blocked: 1, dry: true },
  "stuck-sensor": { ...HEALTHY, stuck: true },
} as const satisfies Record<string, Signature>;

export type FaultKind = keyof typeof SIGNATURES;
export const FAULT_KINDS = Object.keys(SIGNATURES) as [FaultKind, ...FaultKind[]];

/** One fault of one printer. Times in s from the beginning of the simulation. */
export interface Fault {
  readonly kind: FaultKind;
  readonly at: number;
  readonly grow: number;
  /** From its beginning to its end, growth included. */
  readonly last: number;
  readonly severity: number;
}

/** Usual growth and duration of a kind, s. */
export function usualCourse(kind: FaultKind): { readonly grow: number; readonly last: number } {
  return SIGNATURES[kind];
}

/** What the faults of a printer do to it at this moment, added up. One object a printer, used again and again. */
export interface Effects extends HeaterFault {
  roughness: number;
  vibration: number;
  knocks: number;
  blocked: number;
  bedLoss: number;
  dry: boolean;
  /** Nothing comes any more: the printer stops by itself. */
  empty: boolean;
}

export function noEffects(): Effects {
  return {
    roughness: 0,
    vibration: 0,
    knocks: 0,
    blocked: 0,
    bedLoss: 0,
    dry: false,
    empty: false,
    power: 1,
    mistuned: 0,
    stuck: false,
  };
}

export function clearEffects(effects: Effects): void {
  effects.roughness = effects.vibration = effects.knocks = effects.blocked = effects.bedLoss = effects.mistuned = 0;
  effects.power = 1;
  effects.dry = effects.empty = effects.stuck = false;
}

/** How far a fault has grown, 0..1. */
export function grownBy(fault: Fault, time: number): number {
  return fault.grow === 0 ? 1 : Math.min(1, Math.max(0, (time - fault.at) / fault.grow));
}

/** Machinery shows a fault in full at this part of its growth; only then the surface begins to suffer. Ours. */
const FIRST_SIGNS = 0.4;

/**
 * Adds what a fault does at a time to the effects.
 * @param speed percent of the commanded speed
 */
export function addEffects(effects: Effects, fault: Fault, time: number, speed: number): void {
  const signature: Signature = SIGNATURES[fault.kind];
  const grown = grownBy(fault, time);
  const early = fault.severity * Math.min(1, grown / FIRST_SIGNS);
  const late = fault.severity * Math.max(0, (grown - FIRST_SIGNS) / (1 - FIRST_SIGNS));
  effects.roughness += signature.roughness * late * (speed / 100) ** signature.relief;
  effects.vibration += signature.vibration * early;
  effects.knocks += signature.knocks * early;
  effects.blocked = Math.min(1, effects.blocked + signature.blocked * early);
  effects.bedLoss += signature.bedLoss * early;
  effects.power *= Math.max(0, 1 - signature.powerLost * fault.severity * grown);
  effects.mistuned += signature.mistuned * early;
  effects.dry ||= signature.dry;
  effects.empty ||= signature.dry && grown === 1;
  effects.stuck ||= signature.stuck;
}

/** Whether a fault begins with a blow. */
export function beginsWithBlow(kind: FaultKind): boolean {
  return SIGNATURES[kind].blow;
}
