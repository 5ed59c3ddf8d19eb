import { describe, expect, it } from "@jest/globals";
import { z } from "zod";
import { condition } from "../expression/field.js";
import { reading } from "../record/record-type.js";
import { defineOperator } from "./define.js";
import { stateOf } from "./state-of.js";

const options = z.strictObject({ field: z.string(), limit: z.number(), while: condition.optional() });
const definition = {
  type: "watch",
  summary: "Watches a field.",
  options,
  examples: [{ field: "a", limit: 1 }],
  accepts: "any" as const,
  emits: () => reading,
  stateful: true,
  open: () => ({ process() {} }),
};
const parsed = (limit: number, applies: string) => options.parse({ field: "a", limit, while: applies });

describe("stateOf", () => {
  it("is the type and all options where the operator says nothing of it", () => {
    const of = (limit: number, applies = "b > 1") => stateOf(defineOperator(definition), parsed(limit, applies));
    expect(of(1)).toEqual(of(1));
    expect(of(1)).toMatchObject({ type: "watch", of: { field: "a", limit: 1, while: { text: "b > 1" } } });
    expect(of(2)).not.toEqual(of(1));
    expect(of(1, "b > 2")).not.toEqual(of(1));
  });

  it("is what the operator says of its options", () => {
    const said = defineOperator({ ...definition, stateOf: ({ field }) => ({ field }) });
    expect(stateOf(said, parsed(1, "b > 1"))).toEqual({ type: "watch", of: { field: "a" } });
    expect(stateOf(said, parsed(2, "b > 2"))).toEqual(stateOf(said, parsed(1, "b > 1")));
  });
});
