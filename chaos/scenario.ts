/** What a scenario is told from the command line. Undefined: the scenario's own figure, full or small. */
export interface Options {
  /** Readings a second. */
  readonly rate?: number;
  /** How long the trouble lasts, s. */
  readonly seconds?: number;
  /** How often the program is killed. */
  readonly kills?: number;
  /** The same seed gives the same readings and the same plan of troubles. */
  readonly seed: number;
  /** With a nats-server between what the program reads and what it makes of it. */
  readonly nats?: boolean;
  /** Figures that are over in a minute, instead of those that are promised. */
  readonly small: boolean;
}

/** One thing that was looked at. */
export interface Finding {
  readonly what: string;
  readonly expected: string;
  readonly found: string;
  /** Undefined where it is told and nothing is promised. */
  readonly ok: boolean | undefined;
}

export interface Scenario {
  readonly name: string;
  /** What is done to the program or to those that it works with, in a few words. */
  injects(options: Options): string;
  /** Why it cannot run here, where it cannot. */
  cannot?(): string | undefined;
  /** Ends in bounded time and leaves nothing behind. `say` is for whoever watches. */
  run(options: Options, say: (text: string) => void): Promise<readonly Finding[]>;
}

export function finding(what: string, expected: string, found: string | number, ok: boolean | undefined): Finding {
  return { what, expected, found: String(found), ok };
}

/** Told, not judged. */
export function told(what: string, found: string | number): Finding {
  return finding(what, "", found, undefined);
}

/** Something of which there must be so many. */
export function exactly(what: string, expected: number, found: number): Finding {
  return finding(what, String(expected), found, found === expected);
}
