import { describe, expect, it } from "@jest/globals";
import { features, prediction, reading } from "../record/record-type.js";
import { checkFields, sameType } from "./inputs.js";

describe("the type of several inputs", () => {
  it("is that of the one, or of all where they are alike", () => {
    const type = features(["a", "b"]);
    expect(sameType([type])).toBe(type);
    expect(sameType([reading, reading])).toBe(reading);
    expect(sameType([type, features(["a", "b"])])).toBe(type);
  });

  it("names no fields where they differ", () => {
    expect(sameType([features(["a"]), features(["b"])])).toEqual({ kind: "features" });
    expect(sameType([features(["a"]), { kind: "features" }])).toEqual({ kind: "features" });
  });

  it("is refused where the kinds differ", () => {
    expect(() => sameType([reading, prediction])).toThrow(
      "it reads reading and prediction records and can hand on one kind only; give each a node of its own",
    );
  });
});

describe("wanted fields", () => {
  it("must be among the features", () => {
    expect(() => checkFields([features(["roughness_mean"])], ["roughness_mean"])).not.toThrow();
    expect(() => checkFields([features(["a"]), features(["b"])], ["a", "b"])).not.toThrow();
    expect(() => checkFields([features(["roughness_mean"])], ["roughnes_mean"])).toThrow(
      'there is no feature "roughnes_mean". Did you mean "roughness_mean"?',
    );
    expect(() => checkFields([features(["a", "b"])], ["roughness"])).toThrow('no feature "roughness". Known: a, b.');
  });

  it("may be anything of readings and of features that are not known", () => {
    expect(() => checkFields([reading], ["x"])).not.toThrow();
    expect(() => checkFields([features(["a"]), reading], ["x"])).not.toThrow();
    expect(() => checkFields([{ kind: "features" }], ["x"])).not.toThrow();
  });
});
