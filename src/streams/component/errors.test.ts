import { describe, expect, it } from "@jest/globals";
import { ConfigError, messageOf, PartialWriteError } from "./errors.js";

describe("errors", () => {
  it("keep their name and cause", () => {
    const cause = new Error("below");
    const error = new ConfigError("above", { cause });
    expect([error.name, error.message, error.cause]).toEqual(["ConfigError", "above", cause]);
  });

  it("count what a write refused", () =>
    expect(new PartialWriteError(new Map([[3, "too long"]])).message).toBe("1 records of a batch were refused"));

  it("have a message, whatever was thrown", () => {
    expect(messageOf(new Error("x"))).toBe("x");
    expect(messageOf("text")).toBe("text");
    expect(messageOf(undefined)).toBe("undefined");
  });
});
