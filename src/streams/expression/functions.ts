interface Known {
  /** How it is called, for the error message. */
  readonly form: string;
  readonly least: number;
  readonly most: number;
  readonly call: (...given: number[]) => number;
}

/** The functions over numbers. Where an argument was not measured (NaN), neither was the result. */
export const functions: ReadonlyMap<string, Known> = new Map(
  Object.entries<Known>({
    abs: { form: "abs(x)", least: 1, most: 1, call: Math.abs },
    min: { form: "min(x, y, …)", least: 1, most: Infinity, call: Math.min },
    max: { form: "max(x, y, …)", least: 1, most: Infinity, call: Math.max },
    round: { form: "round(x)", least: 1, most: 1, call: Math.round },
    floor: { form: "floor(x)", least: 1, most: 1, call: Math.floor },
    ceil: { form: "ceil(x)", least: 1, most: 1, call: Math.ceil },
    sqrt: { form: "sqrt(x)", least: 1, most: 1, call: Math.sqrt },
    /** Natural logarithm. */
    log: { form: "log(x)", least: 1, most: 1, call: Math.log },
    exp: { form: "exp(x)", least: 1, most: 1, call: Math.exp },
    clamp: {
      form: "clamp(x, low, high)",
      least: 3,
      most: 3,
      call: (x, low, high) => Math.min(Math.max(x, low), high),
    },
  }),
);

/** Asks whether a field was measured: it stands apart, since it takes a field and not its value. */
export const EXISTS = "exists";
