import { describe, expect, it } from "@jest/globals";
import { atLeast } from "./version.js";

describe("versions of a server", () => {
  it.each([
    ["2.9.10", "2.9.0", true],
    ["2.9.10", "2.10.0", false],
    ["2.10.0-beta.1", "2.10.0", true],
    ["3.0.0", "2.11.5", true],
    ["2.9.9", "2.9.10", false],
    ["unknown", "2.9.0", false],
  ])("%s against %s: %s", (version, wanted, expected) => expect(atLeast(version, wanted)).toBe(expected));
});
