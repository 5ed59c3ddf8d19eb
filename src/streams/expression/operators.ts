import type { StreamRecord } from "../record/record.js";
import type { ARITHMETIC, EQUALITY, ORDER } from "./tree.js";

type Get<T> = (record: StreamRecord) => T;

/** IEEE arithmetic: what was not measured is NaN, and so is whatever is made of it. */
export function arithmetic(operator: (typeof ARITHMETIC)[number], left: Get<number>, right: Get<number>): Get<number> {
  switch (operator) {
    case "+":
      return (record) => left(record) + right(record);
    case "-":
      return (record) => left(record) - right(record);
    case "*":
      return (record) => left(record) * right(record);
    case "/":
      return (record) => left(record) / right(record);
    case "%":
      return (record) => left(record) % right(record);
  }
}

/** False where either side is NaN, as IEEE has it. */
export function ordering(operator: (typeof ORDER)[number], left: Get<number>, right: Get<number>): Get<boolean> {
  switch (operator) {
    case "<":
      return (record) => left(record) < right(record);
    case "<=":
      return (record) => left(record) <= right(record);
    case ">":
      return (record) => left(record) > right(record);
    case ">=":
      return (record) => left(record) >= right(record);
  }
}

/** Compares value and type. What is not known is neither the same as anything nor different from it. */
export function equality(operator: (typeof EQUALITY)[number], left: Get<unknown>, right: Get<unknown>): Get<boolean> {
  if (operator === "==") {
    return (record) => {
      const value = left(record);
      return value !== undefined && value === right(record);
    };
  }
  return (record) => {
    const first = left(record);
    const second = right(record);
    return first !== second && isKnown(first) && isKnown(second);
  };
}

function isKnown(value: unknown): boolean {
  return value !== undefined && !Number.isNaN(value);
}
